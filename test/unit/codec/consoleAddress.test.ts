import { describe, expect, it } from 'vitest';

import { readConsoleAddress } from '../../../shared/codec/link/consoleAddress.ts';

describe('the address of a console', () => {
  it.each([
    ['vnc://10.0.0.5:5901', 'tcp://10.0.0.5:5901', 'vnc', false],
    ['vnc://desk.example', 'tcp://desk.example:5900', 'vnc', false],
    ['vnc://desk.example:2/', 'tcp://desk.example:5902', 'vnc', false],
    ['VNC://[::1]', 'tcp://[::1]:5900', 'vnc', true],
    ['desk.example', 'tcp://desk.example:5900', undefined, false],
    [' 10.0.0.5:7000 ', 'tcp://10.0.0.5:7000', undefined, false],
    ['fe80::1', 'tcp://[fe80::1]:5900', undefined, false],
    ['localhost:1', 'tcp://localhost:5901', undefined, true],
    ['spice://10.0.0.5:5930', 'tcp://10.0.0.5:5930', 'spice', false],
    ['spice://10.0.0.5?port=5930', 'tcp://10.0.0.5:5930', 'spice', false],
    ['spice://10.0.0.5?port=5930&tls-port=5931', 'tls://10.0.0.5:5931', 'spice', true],
    ['spice+tls://10.0.0.5:5931', 'tls://10.0.0.5:5931', 'spice', true],
    ['ws://127.0.0.1:6080/websockify', 'ws://127.0.0.1:6080/websockify', undefined, true],
    ['wss://desk.example/x?token=abc', 'wss://desk.example/x?token=abc', undefined, true],
    ['tcp://10.0.0.5:4555', 'tcp://10.0.0.5:4555', undefined, false],
    ['tls://10.0.0.5:4556', 'tls://10.0.0.5:4556', undefined, true],
    ['unix:/run/qemu/serial.sock', 'unix:/run/qemu/serial.sock', undefined, true],
    ['unix:///run/qemu/serial.sock', 'unix:/run/qemu/serial.sock', undefined, true],
  ])('%s leads to %s', (text, endpoint, view, isSealed) => {
    expect(readConsoleAddress(text)).toEqual({ endpoint, view, isSealed });
  });

  it.each([
    ['', 'needed'],
    ['ssh://10.0.0.5', 'begins with none'],
    ['file:///etc/passwd', 'begins with none'],
    ['vnc://user:word@10.0.0.5', 'fields of their own'],
    ['spice://10.0.0.5?port=5930&password=word', 'fields of their own'],
    [`wss://${'h'.repeat(1100)}`, 'too long'],
  ])('%s is refused with a sentence, which does not repeat it', (text, reason) => {
    expect(() => readConsoleAddress(text)).toThrow(reason);
    if (text.includes('word')) expect(() => readConsoleAddress(text)).not.toThrow('word@');
  });
});
