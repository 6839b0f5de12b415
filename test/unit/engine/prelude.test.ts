import { expect, it } from 'vitest';

import { Prelude } from '../../../electron/engine/console/prelude.ts';
import { RfbServerLogin } from '../../../shared/codec/rfb/serverLogin.ts';
import { TerminalLogin } from '../../../shared/codec/terminal/terminalLogin.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { FakeDuplex } from '../../fakes/fakeDuplex.ts';
import { utf8 } from '../../support/bytes.ts';

const make = () => {
  const clock = new FakeClock();
  const inner = new FakeDuplex({ autoAccept: true });
  return { clock, inner, prelude: new Prelude(inner, clock) };
};
const codeOf = (promise: Promise<unknown>) => promise.catch((error: AppError) => error.code);

it('delivers what came behind the handshake only when it is started', async () => {
  const { clock, inner, prelude } = make();
  const run = prelude.run(new TerminalLogin('root@pam', 'ticket'), 1_000);
  inner.deliver(utf8('O'));
  inner.deliver(utf8('Klogin: '));
  await run;
  expect(Buffer.concat(inner.accepted).toString()).toBe('root@pam:ticket\n');
  let text = '';
  prelude.onData((chunk) => {
    text += Buffer.from(chunk).toString();
    prelude.consumed(chunk.length);
  });
  inner.deliver(utf8('more'));
  expect(text).toBe('');
  expect(prelude.unconsumedBytes).toBe(0);
  prelude.start();
  expect(text).toBe('login: more');
  expect(inner.unconsumedBytes).toBe(0);
  expect(clock.timerCount).toBe(0);
});

it('gives up in time', async () => {
  const { clock, prelude } = make();
  const run = codeOf(prelude.run(new TerminalLogin('u', 't'), 1_000));
  clock.advance(1_000);
  expect(await run).toBe('timeout');
});

it('fails with closed when the other side hangs up without a word', async () => {
  const { inner, prelude } = make();
  const run = codeOf(prelude.run(new TerminalLogin('u', 't'), 1_000));
  inner.deliverEnd();
  expect(await run).toBe('closed');
});

it('fails with what broke the connection', async () => {
  const { inner, prelude } = make();
  const run = codeOf(prelude.run(new TerminalLogin('u', 't'), 1_000));
  inner.fail(new AppError('reset', 'gone'));
  expect(await run).toBe('reset');
});

it('fails with what the handshake threw', async () => {
  const { inner, prelude } = make();
  const run = codeOf(prelude.run(new RfbServerLogin('x'), 1_000));
  inner.deliver(utf8('SSH-2.0-OpenSSH'));
  expect(await run).toBe('protocol');
});

it('holds no more than 64 KiB of a handshake that never ends', async () => {
  const { inner, prelude } = make();
  const run = codeOf(prelude.run({ greeting: undefined, step: () => undefined }, 1_000));
  for (let i = 0; i < 17; i += 1) inner.deliver(new Uint8Array(4096));
  expect(await run).toBe('protocol');
});

it('tells a close that comes before anybody took it over, and not twice', async () => {
  const { inner, prelude } = make();
  const told: string[] = [];
  prelude.onEarlyClose((reason) => told.push(`early ${reason.kind}`));
  inner.dispose();
  await settle();
  expect(told).toEqual(['early closed']);
  prelude.onClose((reason) => told.push(reason.kind));
  await settle();
  expect(told).toEqual(['early closed', 'closed']);
});
