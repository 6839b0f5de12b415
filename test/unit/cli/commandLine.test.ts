import { describe, expect, it } from 'vitest';

import { readCommandLine } from '../../../electron/cli/commandLine.ts';

describe('readCommandLine', () => {
  it('reads a demo with all its options', () => {
    expect(readCommandLine(['demo', '--no-open', '--json', '--guests', '5000', '--port=8080'])).toEqual({
      command: 'demo',
      port: 8080,
      guests: 5000,
      isOpening: false,
      isJson: true,
    });
  });

  it('takes a free port and opens the app where nothing else is said', () => {
    expect(readCommandLine(['serve'])).toMatchObject({ command: 'serve', port: 0, isOpening: true, isJson: false });
  });

  it('serves behind a proxy, and then opens nothing', () => {
    expect(readCommandLine(['serve', '--public-url', 'https://Sluice.example/', '--heartbeat', '2'])).toEqual({
      command: 'serve',
      port: 0,
      isOpening: false,
      isJson: false,
      publicAddress: { origin: 'https://sluice.example', host: 'sluice.example', isSecure: true },
      linkHeartbeatMs: 2_000,
    });
  });

  it('shows help and version wherever they stand', () => {
    expect(readCommandLine(['demo', '--help'])).toEqual({ command: 'help' });
    expect(readCommandLine(['--version'])).toEqual({ command: 'version' });
  });

  it.each([
    [[], 'No command was given'],
    [['dome'], "no command 'dome'"],
    [['demo', 'now'], "'now' was not expected"],
    [['demo', '--port', '70000'], "'--port' takes a whole number from 0 to 65535"],
    [['demo', '--guests', '0'], "'--guests' takes a whole number"],
    [['demo', '--guests', '1e3'], "not '1e3'"],
    [['serve', '--guests', '3'], "'--guests' belongs to 'demo'"],
    [['serve', '--public-url', 'sluice.example'], 'is no address like https://sluice.example'],
    [['serve', '--public-url', 'ftp://sluice.example'], 'is no address like'],
    [['serve', '--public-url', 'http://sluice.example'], 'passwords in the clear'],
    [['serve', '--public-url', 'https://sluice.example/console'], 'at the root of its own name'],
    [['serve', '--public-url', 'https://me:pw@sluice.example'], 'at the root of its own name'],
    [['serve', '--heartbeat', '60'], "'--heartbeat' takes a whole number from 1 to 20"],
    [['demo', '--public-url', 'https://sluice.example'], "'--public-url' belongs to 'serve'"],
    [['demo', '--colour'], '--colour'],
    [['demo', '--port'], '--port'],
  ])('says in one sentence what is wrong with %j', (argv, words) => {
    const line = readCommandLine(argv);
    expect(line.command).toBe('wrong');
    const reason = line.command === 'wrong' ? line.reason : '';
    expect(reason).toContain(words);
    expect(reason).toMatch(/^[^\n]+\. See 'sluice --help'\.$/);
  });
});
