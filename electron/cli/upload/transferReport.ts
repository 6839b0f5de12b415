import { sizeText } from '../../../shared/codec/task/words.ts';
import type { Transfer } from '../../../shared/model/transfer.ts';

/** What a command that moves something prints while it does. */
export interface TransferReport {
  show(transfer: Transfer): void;
  /** What came of it. */
  end(transfer: Transfer): void;
}

const BAR_LETTERS = 24;
const STATES: ReadonlySet<Transfer['state']> = new Set(['preparing', 'running']);

/** Lines of JSON on the standard output. */
export function jsonTransferReport(print: (line: string) => void): TransferReport {
  const tell = (transfer: Transfer) => print(JSON.stringify(eventOf(transfer)));
  return { show: tell, end: tell };
}

function eventOf(transfer: Transfer) {
  const { id, kind, name, state, phase, doneBytes, totalBytes, bytesPerSecond, etaSeconds } = transfer;
  const { restarts, verified, checksum, upid, error } = transfer;
  const progress = totalBytes === undefined ? undefined : totalBytes === 0 ? 1 : doneBytes / totalBytes;
  const moving = {
    progress,
    doneBytes,
    totalBytes,
    bytesPerSecond: round(bytesPerSecond),
    etaSeconds: rangeOf(etaSeconds),
  };
  return {
    event: 'task',
    upid,
    type: kind,
    name,
    status: state,
    phase,
    ...moving,
    restarts,
    verified,
    checksum,
    id,
    error,
  };
}

const round = (value: number | undefined) => (value === undefined ? undefined : Math.round(value));

/** Its speed goes up and down: as the monitor, a tenth to either side. */
const rangeOf = (seconds: number | undefined) =>
  seconds === undefined ? undefined : [Math.floor(seconds * 0.9), Math.ceil(seconds * 1.1)];

/** A bar that is drawn over itself, on a terminal. */
export function barTransferReport(write: (text: string) => void, columns: () => number): TransferReport {
  const line = (text: string) => write(`\r\u001b[K${text.slice(0, Math.max(20, columns() - 1))}`);
  return {
    show: (transfer) => line(barOf(transfer)),
    end: (transfer) => write(`\r\u001b[K${sentenceOf(transfer)}\n`),
  };
}

export function barOf({ name, state, phase, doneBytes, totalBytes, bytesPerSecond, etaSeconds }: Transfer): string {
  if (!STATES.has(state) || totalBytes === undefined) return `${name}  ${phase ?? state}`;
  const fraction = totalBytes === 0 ? 1 : doneBytes / totalBytes;
  const full = Math.round(fraction * BAR_LETTERS);
  const bar = `${'#'.repeat(full)}${'-'.repeat(BAR_LETTERS - full)}`;
  const speed = bytesPerSecond === undefined ? '' : `  ${sizeText(bytesPerSecond)}/s`;
  const left = etaSeconds === undefined ? '' : `  ${timeText(etaSeconds)} left`;
  const what = state === 'preparing' ? `  ${phase ?? ''}` : '';
  return `${name}  [${bar}] ${Math.floor(fraction * 100)}%  ${sizeText(doneBytes)}${speed}${left}${what}`;
}

export function sentenceOf({ name, state, totalBytes = 0, verified = [], error, restarts }: Transfer): string {
  const again = restarts === 0 ? '' : ` It was begun ${restarts + 1} times.`;
  if (state === 'done') {
    const sum = verified.includes('checksum') ? 'checksum and size are right' : 'its size is right';
    return `${name} is there: ${sizeText(totalBytes)}, ${sum}.${again}`;
  }
  if (state === 'skipped') return `${name} was there already and was left as it is.`;
  if (state === 'failed') return `${name} is not there. ${error?.message ?? ''}${again}`;
  return `${name} is not there: the upload was ${state}.`;
}

function timeText(seconds: number): string {
  const whole = Math.round(seconds);
  const rest = String(whole % 60).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}:${rest}`;
  return `${Math.floor(whole / 3600)}:${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}:${rest}`;
}
