import { createHash, randomBytes } from 'node:crypto';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { AppError } from '../../../shared/base/errors.ts';
import { PAGE_FILE_REQUEST_BYTES, pageFilePath, readPageFileRequest } from '../../../shared/model/pageFile.ts';
import type { UploadRequest } from '../../../shared/model/transfer.ts';
import type { Channel } from '../../../shared/wire/peer.ts';
import { failureOf } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { TransferBench } from './transferBench.ts';

checkLeaks();

const MIB = 1 << 20;
const bytes = randomBytes(5 * MIB + 77);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const facts = { fileId: 'f-1', name: 'rescue.iso', sizeBytes: bytes.length, modifiedAtMs: 1_700_000_000_000 };
const path = pageFilePath(facts.fileId, facts.name);

let bench: TransferBench;
beforeEach(async () => {
  bench = await TransferBench.start();
});
afterEach(() => bench.close());

const wish = (more: Partial<UploadRequest> = {}): UploadRequest => ({
  ...{ clusterId: bench.clusterId, node: 'pve1', storage: 'local', content: 'iso', path, ifExists: 'replace' },
  checksum: { kind: 'compute', algorithm: 'sha256' },
  ...more,
});

/** A page that gives a file, a slice at a time, and counts what it was asked for. */
class Giver {
  readonly channel: Channel;
  readonly asked: { position: number; bytes: number }[] = [];
  /** Nothing is given while it holds. */
  held: Promise<void> = Promise.resolve();
  mostWaiting = 0;
  #waiting = 0;

  constructor(page = bench.state.page, more: Partial<typeof facts> = {}) {
    this.channel = page.open('page.file', { ...facts, ...more });
    let rest = Buffer.alloc(0);
    this.channel.onData((chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (; rest.length >= PAGE_FILE_REQUEST_BYTES; rest = rest.subarray(PAGE_FILE_REQUEST_BYTES))
        void this.#give(readPageFileRequest(rest.subarray(0, PAGE_FILE_REQUEST_BYTES)));
      this.channel.consumed(chunk.length);
    });
    this.channel.onEnd(() => {});
    this.channel.onClose(() => {});
    this.channel.start();
  }

  async #give(request: { position: number; bytes: number }): Promise<void> {
    this.asked.push(request);
    this.#waiting += 1;
    this.mostWaiting = Math.max(this.mostWaiting, this.#waiting);
    await this.held;
    const { position } = request;
    this.channel.write(bytes.subarray(position, position + request.bytes), () => {
      this.#waiting -= 1;
    });
  }
}

it('uploads a file that only the page can read, one piece at a time, with its checksum', async () => {
  const giver = new Giver();
  expect(await bench.call('transfer.file', { path })).toMatchObject({
    ...{ path, sizeBytes: bytes.length, filename: 'rescue.iso', content: 'iso' },
  });
  const done = await bench.untilState(await bench.upload(wish()), 'done');
  expect(done).toMatchObject({ name: 'rescue.iso', verified: ['task', 'size', 'checksum'] });
  expect(bench.lab.stored('local:iso/rescue.iso')?.sha256).toBe(sha256);
  expect(giver.mostWaiting).toBe(1);
  expect(Math.max(...giver.asked.map((one) => one.bytes))).toBeLessThanOrEqual(MIB);
  giver.channel.dispose();
});

it('goes on where the page lost its link and gives the file over the next one', async () => {
  const first = new Giver();
  let release: () => void = () => {};
  first.held = new Promise((resolve) => {
    release = resolve;
  });
  const id = await bench.upload(wish());
  await until(() => first.asked.length > 0, 'the first question');
  const { page } = await bench.engine.open();
  bench.state.page.close();
  release();
  const second = new Giver(page);
  await until(() => bench.lab.stored('local:iso/rescue.iso')?.sha256 === sha256, 'the file', 20_000);
  expect(second.asked.at(0)).toMatchObject({ position: first.asked.at(0)?.position });
  const listed = async () => (await page.call('transfer.list', {})).transfers.find((one) => one.id === id)?.state;
  await expect.poll(listed).toBe('done');
  second.channel.dispose();
});

it('fails with what to do where the file was changed, is offered as another, or was never offered', async () => {
  expect(await failureOf(bench.call('transfer.upload', wish()))).toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('Choose the file again') as string,
  });
  const giver = new Giver();
  giver.held = new Promise(() => {});
  const id = await bench.upload(wish());
  await until(() => giver.asked.length > 0, 'the first question');
  const error = new AppError('invalid', 'rescue.iso was changed or removed. Choose it again.');
  giver.channel.close(100, { kind: 'failed', error });
  const failed = await bench.untilState(id, 'failed');
  expect(failed.error).toMatchObject({ code: 'invalid', message: error.message });

  const again = new Giver();
  again.held = new Promise(() => {});
  const other = await bench.upload(wish());
  await until(() => again.asked.length > 0, 'the question');
  const changed = new Giver(bench.state.page, { sizeBytes: 12 });
  expect((await bench.untilState(other, 'failed')).error).toMatchObject({
    message: 'rescue.iso was changed while it was read. Start again when nobody writes to it.',
  });
  for (const one of [again, changed]) one.channel.dispose();
});

it('takes no more than it asked for', async () => {
  const giver = new Giver();
  giver.channel.write(Buffer.alloc(10));
  const isRefused = () =>
    bench.call('transfer.file', { path }).then(
      () => false,
      (error: unknown) => AppError.from(error).code === 'protocol' || AppError.from(error).code === 'not-found',
    );
  await expect.poll(isRefused).toBe(true);
});
