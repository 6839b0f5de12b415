import { expect, it } from 'vitest';

import { AnswerCollector } from '../../../../electron/engine/transfer/uploadAnswer.ts';
import { frameUpload } from '../../../../electron/engine/transfer/uploadBody.ts';
import { checkUploadName, contentOf, uploadName } from '../../../../electron/engine/transfer/uploadName.ts';
import { formatMap, formatTargetEndpoint } from '../../../../electron/engine/transfer/targetEndpoint.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

it('frames an upload as the server reads it: fields in their order, the file last, the length of all of it', () => {
  const checksum = { algorithm: 'sha256', value: 'ab'.repeat(32) } as const;
  const form = { content: 'iso', filename: 'x.iso', checksum } as const;
  const { head, tail } = frameUpload('/api2/json/nodes/a/storage/b/upload', { Host: 'lab' }, form, 1000);
  const [headers = '', ...body] = text(head).split('\r\n\r\n');
  const boundary = /boundary=(\S+)/.exec(headers)?.[1] ?? '';
  expect(headers.split('\r\n').slice(0, 2)).toEqual(['POST /api2/json/nodes/a/storage/b/upload HTTP/1.1', 'Host: lab']);
  expect(boundary).toMatch(/^[A-Za-z0-9-]{20,70}$/);
  const length = Number(/Content-Length: (\d+)/.exec(headers)?.[1]);
  expect(length).toBe(head.length - headers.length - 4 + 1000 + tail.length);
  const names = [...body.join('\r\n\r\n').matchAll(/^Content-Disposition: form-data; name="([^"]+)"/gm)].map(
    ([, name]) => name,
  );
  expect(names).toEqual(['content', 'checksum-algorithm', 'checksum', 'filename']);
  expect(body.at(-2)).toContain('name="filename"; filename="x.iso"\r\nContent-Type:');
  expect(text(tail)).toBe(`\r\n--${boundary}--\r\n`);
});

it('makes a boundary of its own for every upload', () => {
  const form = { content: 'iso', filename: 'x.iso', checksum: undefined } as const;
  expect(text(frameUpload('/', {}, form, 0).tail)).not.toBe(text(frameUpload('/', {}, form, 0).tail));
});

it.each([
  ['C:\\images\\Windows 11 (x64).iso', 'Windows_11__x64_.iso', 'iso'],
  ['/srv/größe.img', 'gr__e.img', 'iso'],
  ['debian-13.tar.zst', 'debian-13.tar.zst', 'vztmpl'],
  ['disk.QCOW2', 'disk.QCOW2', undefined],
  ['disk.qcow2', 'disk.qcow2', 'import'],
  ['notes.txt', 'notes.txt', undefined],
])('calls %s by the name that the server would give it', (given, name, content) => {
  expect(uploadName(given)).toBe(name);
  expect(contentOf(name)).toBe(content);
});

it('refuses names and endings before anything is sent', () => {
  for (const name of ['', '..', 'x.txt', `${'a'.repeat(252)}.iso`])
    expect(() => checkUploadName(name, 'iso')).toThrow();
  expect(() => checkUploadName('x.iso', 'iso')).not.toThrow();
});

it('reads an answer one byte at a time, with a length and by the end of the connection', () => {
  const collect = (answer: string) => {
    const collector = new AnswerCollector('lab');
    for (const byte of Buffer.from(answer)) {
      const whole = collector.push(Buffer.of(byte));
      if (whole) return whole;
    }
    return collector.end();
  };
  const sized = collect('HTTP/1.1 403 Permission check failed\r\nContent-Length: 2\r\n\r\n{}rest');
  expect(sized).toMatchObject({ status: 403, reason: 'Permission check failed' });
  expect(text(sized?.body ?? Buffer.alloc(0))).toBe('{}');
  expect(text(collect('HTTP/1.1 200 OK\r\n\r\n{"data":1}')?.body ?? Buffer.alloc(0))).toBe('{"data":1}');
  expect(collect('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}')).toBeUndefined();
  expect(() => collect('SSH-2.0-OpenSSH\r\n\r\n')).toThrow();
  expect(() => new AnswerCollector('lab').push(Buffer.alloc(64 << 10, 'a'))).toThrow();
});

it('writes the target of a migration in the one form that the source reads', () => {
  const token = { tokenId: 'root@pam!mig', secret: 'aaaa-bbbb' };
  const place = { host: 'dst.example.org', port: 8006, fingerprint: 'AA:BB' };
  expect(formatTargetEndpoint({ ...place, ...token })).toBe(
    'host=dst.example.org,apitoken=PVEAPIToken=root@pam!mig=aaaa-bbbb,fingerprint=AA:BB,port=8006',
  );
  expect(() => formatTargetEndpoint({ ...place, ...token, host: '::1' })).toThrow(/IPv6/);
  expect(() => formatTargetEndpoint({ ...place, ...token, secret: 'a,port=1' })).toThrow(/comma/);
  expect(
    formatMap([
      { from: 'vmbr0', to: 'vmbr1' },
      { from: '*', to: 'vmbr9' },
    ]),
  ).toBe('vmbr0:vmbr1,vmbr9');
  expect(() =>
    formatMap([
      { from: 'a', to: 'b' },
      { from: 'a', to: 'c' },
    ]),
  ).toThrow(/twice/);
  expect(() => formatMap([{ from: 'a', to: 'b,c' }])).toThrow(/mapped/);
});
