import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet } from '../../support/until.ts';
import { type Answer, cookieOf, LabBench } from './labBench.ts';

checkLeaks();
let bench: LabBench;
beforeEach(async () => {
  bench = await LabBench.start();
});
afterEach(() => bench.close());

const PATH = '/nodes/pve1/storage/nas/upload';
const field = (name: string, value: string): string =>
  `--XX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (bytes: string, name = 'x.iso', head = ''): string =>
  `--XX\r\nContent-Disposition: form-data; name="filename"; filename="${name}"\r\n${head}\r\n${bytes}\r\n`;
const END = '--XX--\r\n';

const request = (body: string, path = PATH, headers = ''): string =>
  `POST /api2/json${path} HTTP/1.1\r\nHost: lab\r\nAuthorization: ${bench.lab.apiToken}\r\n` +
  `Content-Type: multipart/form-data; boundary=XX\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
const upload = (body: string, path = PATH): Promise<Answer> => bench.raw(request(body, path));
const sha256 = (bytes: string): string => createHash('sha256').update(Buffer.from(bytes, 'latin1')).digest('hex');

interface Stored {
  readonly volid: string;
  readonly size: number;
}
async function stored(upid: unknown): Promise<Stored | undefined> {
  const task = bench.lab.tasks.find((one) => one.upid === upid);
  await bench.advanceUntil(() => task?.isRunning === false);
  const files = await bench.data<Stored[]>('GET', '/nodes/pve1/storage/nas/content');
  return files.find(({ volid }) => volid.endsWith('/x.iso'));
}

describe('an upload', () => {
  it('in the right order gives a task that checks the sum and stores the file', async () => {
    const bytes = randomBytes(3_000_000).toString('latin1');
    const body = field('content', 'iso') + field('checksum-algorithm', 'sha256') + field('checksum', sha256(bytes));
    const answer = await upload(body + file(bytes, 'x.iso', 'Content-Type: application/octet-stream\r\n') + END);
    expect([answer.status, answer.headers.get('Connection')]).toEqual([200, 'close']);
    expect(answer.json.data).toMatch(/^UPID:pve1:.*:imgcopy::root@pam!lab:$/);
    expect(await stored(answer.json.data)).toMatchObject({ volid: 'nas:iso/x.iso', size: bytes.length });
    expect(bench.lab.tasks[0]?.lines.at(-2)).toBe('finished file import successfully');
  });

  it('needs no CSRF token', async () => {
    const body = field('content', 'iso') + file('data') + END;
    const cookie = cookieOf(await bench.login());
    const raw = request(body).replace(/Authorization: .*\r\n/, `Cookie: ${cookie}\r\n`);
    expect((await bench.raw(raw)).status).toBe(200);
  });

  it('passes one byte at a time, with LF, a preamble, an epilogue, and fields in the query', async () => {
    const connection = await bench.connect();
    const body = `preamble\r\n${field('content', 'iso')}${file('data')}${END}epilogue`.replaceAll('\r\n', '\n');
    for (const byte of Buffer.from(request(body), 'latin1')) connection.send(Buffer.of(byte));
    const answer = await connection.answer();
    expect((await stored(answer.json.data))?.size).toBe(4);
    expect((await upload(file('data') + END, `${PATH}?content=iso`)).status).toBe(200);
  });

  it('keeps line ends that belong to the file, and parts behind the file as bytes of the file', async () => {
    const kept = await upload(field('content', 'iso') + file('data\r\n\r\n') + END);
    expect((await stored(kept.json.data))?.size).toBe(8);
    const tail = field('checksum', 'x');
    const swallowed = await upload(field('content', 'iso') + file('data') + tail + END);
    expect((await stored(swallowed.json.data))?.size).toBe('data\r\n'.length + tail.length - 2);
  });

  it('may be empty, and replaces what was there', async () => {
    const first = await upload(field('content', 'iso') + file('data') + END);
    expect((await stored(first.json.data))?.size).toBe(4);
    const second = await upload(field('content', 'iso') + file('') + END);
    expect((await stored(second.json.data))?.size).toBe(0);
  });

  it.each([
    ['the file before content', () => file('x') + field('content', 'iso') + END, 400, 'Bad Request'],
    [
      'the sum before its algorithm',
      () => field('content', 'iso') + field('checksum', 'x') + file('x') + END,
      400,
      'Bad Request',
    ],
    ['another field', () => field('content', 'iso') + field('extra', 'x') + file('x') + END, 400, 'Bad Request'],
    [
      'another name for the file',
      () => field('content', 'iso') + file('x').replace('name="filename"', 'name="file"') + END,
      500,
      "wrong field name 'file' for file upload, expected 'filename'",
    ],
    [
      'Content-Type before Content-Disposition',
      () => field('content', 'iso') + file('x').replace('--XX\r\n', '--XX\r\nContent-Type: text/plain\r\n') + END,
      500,
      'upload failed',
    ],
    ['no end', () => field('content', 'iso') + file('x'), 500, 'upload failed'],
  ])('with %s is refused', async (_, body, status, reason) => {
    const answer = await upload(body());
    expect([answer.status, answer.reason]).toEqual([status, reason]);
    if (status === 400) expect(answer.body).toBe('');
  });

  it('with a quoted boundary fails', async () => {
    const raw = request(field('content', 'iso') + file('x') + END).replace('boundary=XX', 'boundary="XX"');
    const answer = await bench.raw(raw);
    expect([answer.status, answer.reason]).toEqual([500, 'upload failed']);
  });

  it('with a wrong ending, a wrong storage or half a checksum is refused after all of it came', async () => {
    const ending = await upload(field('content', 'iso') + file('x', 'x.exe') + END);
    expect([ending.status, ending.json.errors]).toEqual([400, { filename: 'wrong file extension' }]);
    const wrong = await upload(field('content', 'iso') + file('x') + END, '/nodes/pve1/storage/local-lvm/upload');
    expect(wrong.reason).toBe("storage 'local-lvm' does not support 'iso' content");
    const half = await upload(field('content', 'iso') + field('checksum-algorithm', 'md5') + file('x') + END);
    expect(half.json.errors).toHaveProperty('checksum');
  });

  it('with a wrong sum fails in its task', async () => {
    const body =
      field('content', 'iso') + field('checksum-algorithm', 'md5') + field('checksum', '00') + file('x') + END;
    const answer = await upload(body);
    await stored(answer.json.data);
    expect(bench.lab.tasks[0]?.exitStatus).toBe(
      "checksum mismatch: got '9dd4e461268c8034f5c8564e155c67a6' != expect '00'",
    );
  });

  it('gets a plain name', async () => {
    const answer = await upload(field('content', 'iso') + file('x', 'C:\\a b\\my file (1).iso') + END);
    const task = bench.lab.tasks.find((one) => one.upid === answer.json.data);
    expect(task?.lines.join('\n')).toContain('/template/iso/my_file__1_.iso');
  });
});

describe('a connection that uploads', () => {
  it('is dropped without a word after five seconds of silence', async () => {
    const connection = await bench.connect();
    const whole = request(field('content', 'iso') + file('x'.repeat(1000)) + END);
    connection.send(whole.slice(0, -500));
    await quiet();
    await bench.clock.advanceAsync(4000);
    connection.send('x');
    await quiet();
    await bench.clock.advanceAsync(4999);
    expect(connection.isClosed).toBe(false);
    await bench.clock.advanceAsync(1);
    await connection.closed();
    expect(connection.text).toBe('');
  });

  it('hears of a bad part while it still sends', async () => {
    const connection = await bench.connect();
    const body = field('extra', 'x') + file('x'.repeat(5_000_000)) + END;
    connection.send(request(body).slice(0, 2000));
    const answer = await connection.answer();
    expect([answer.status, answer.reason]).toEqual([400, 'Bad Request']);
  });

  it('waits in vain for what no worker takes, then is closed', async () => {
    for (const raw of [
      request('data').replace('multipart/form-data; boundary=XX', 'application/octet-stream'),
      request(file('x') + END, `${PATH}?content=iso&tmpfilename=/tmp/x`),
    ]) {
      const connection = await bench.connect();
      connection.send(raw);
      await quiet();
      expect(connection.text).toBe('');
      await bench.clock.advanceAsync(5000);
      await connection.closed();
    }
  });

  it('is held back to the speed it was told', async () => {
    bench.lab.quirks.uploadBytesPerSecond = 1_000_000;
    const connection = await bench.connect();
    connection.send(request(field('content', 'iso') + file('x'.repeat(2_000_000)) + END));
    let steps = 0;
    await bench.advanceUntil(() => {
      steps += 1;
      return connection.text.includes('\r\n\r\n');
    });
    expect(steps).toBeGreaterThan(18); // of 100 ms: two seconds
    expect((await connection.answer()).status).toBe(200);
  });
});
