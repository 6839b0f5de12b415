import { basename } from 'node:path';

import { AppError } from '../../../shared/base/errors.ts';
import type { UploadFile, UploadRequest, UploadTarget } from '../../../shared/model/transfer.ts';
import type { EngineDeps } from '../deps.ts';
import type { SessionService } from '../session/sessionService.ts';
import { type FileSource, localFiles } from './fileSource.ts';
import { listUploadTargets } from './storageContent.ts';
import { TransferService } from './transferService.ts';
import { checkUploadName, contentOf, uploadName } from './uploadName.ts';
import { UploadRunner } from './uploadRunner.ts';

export interface TransfersOptions {
  readonly deps: EngineDeps;
  readonly sessions: SessionService;
}

/** Everything about transfers that pages and the command line ask for. */
export class Transfers {
  readonly queue: TransferService;
  readonly #sessions: SessionService;
  readonly #files: FileSource;

  constructor({ deps, sessions }: TransfersOptions) {
    this.#sessions = sessions;
    this.#files = deps.files ?? localFiles;
    const { clock } = deps;
    this.queue = new TransferService({
      deps,
      sessions,
      runners: (throttle) => ({
        upload: new UploadRunner({ sessions, files: this.#files, throttle, clock }),
        download: notYet,
        'remote-migration': notYet,
      }),
    });
  }

  async upload(request: UploadRequest): Promise<{ transferId: string }> {
    this.#sessions.get(request.clusterId);
    const filename = uploadName(request.filename ?? basename(request.path));
    checkUploadName(filename, request.content);
    checkSum(request);
    const { sizeBytes } = await this.#files.look(request.path);
    const { clusterId, path, node, storage, content } = request;
    const upload = { path, node, storage, content, filename };
    const wish = { kind: 'upload' as const, ...request, filename };
    return { transferId: this.queue.add(wish, { clusterId, name: filename, totalBytes: sizeBytes, upload }).id };
  }

  async targets(clusterId: string, signal?: AbortSignal): Promise<{ targets: UploadTarget[] }> {
    return { targets: await listUploadTargets(this.#sessions.active(clusterId), signal) };
  }

  async file(path: string): Promise<UploadFile> {
    const { sizeBytes } = await this.#files.look(path);
    const filename = uploadName(basename(path));
    const content = contentOf(filename);
    return { path, sizeBytes, filename, ...(content && { content }) };
  }

  answer(id: string, choice: 'replace' | 'rename' | 'skip', given?: string): void {
    const { request } = this.queue.get(id);
    const filename = given === undefined ? undefined : uploadName(given);
    if (choice === 'rename' && request.kind === 'upload') checkUploadName(filename ?? '', request.content);
    this.queue.answer(id, choice, filename);
  }
}

const hexDigits = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 } as const;

function checkSum({ checksum }: UploadRequest): void {
  if (checksum.kind !== 'given' || checksum.value.length === hexDigits[checksum.algorithm]) return;
  throw new AppError('invalid', `A checksum by ${checksum.algorithm} has ${hexDigits[checksum.algorithm]} hex digits.`);
}

const notYet = {
  run: () => Promise.reject(new AppError('unsupported', 'This build of Sluice cannot do that.')),
  recover: <T>(record: T) => Promise.resolve(record),
};
