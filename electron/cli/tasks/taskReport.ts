import type { Task } from '../../../shared/model/task.ts';
import { sizeText } from '../../../shared/codec/task/words.ts';

const BAR_LETTERS = 24;
const ROW_LETTERS = 10; // beside five columns

/** One line of JSON of a task, the same wherever one is told. What is not known is left out. */
export function taskEvent({ upid, type, vmid, subject, state, progress, exitText }: Task, more: object = {}): string {
  const { phase, fraction, bytesPerSecond, etaSeconds, forecast } = progress ?? {};
  return JSON.stringify({
    event: 'task',
    upid,
    type,
    guest: vmid ?? subject,
    phase,
    progress: fraction,
    bytesPerSecond: bytesPerSecond === undefined ? undefined : Math.round(bytesPerSecond),
    etaSeconds: etaSeconds?.map((seconds) => Math.round(seconds)),
    forecast: forecast?.kind,
    status: state,
    exitText,
    ...more,
  });
}

/** For a terminal: a bar, as far as it is known how far it is. */
export function taskBar(name: string, { state, progress }: Task): string {
  if (state !== 'running') return `${name}  ${state}`;
  const { phase, fraction, bytesPerSecond, etaSeconds } = progress ?? {};
  const speed = bytesPerSecond === undefined ? '' : `  ${sizeText(bytesPerSecond)}/s`;
  const left = etaSeconds === undefined ? '' : `  ${Math.round(etaSeconds[0])} to ${Math.round(etaSeconds[1])} s left`;
  if (fraction === undefined) return `${name}  ${phase ?? 'working'}${speed}${left}`;
  return `${name}  ${barText(fraction, BAR_LETTERS)}${speed}${left}  ${phase ?? ''}`.trimEnd();
}

function barText(fraction: number, letters: number): string {
  const full = Math.round(fraction * letters);
  return `[${'#'.repeat(full)}${'-'.repeat(letters - full)}] ${Math.floor(fraction * 100)}%`;
}

/** A row of `sluice tasks`. */
export function taskRow(task: Task): string[] {
  const { startedAtMs, node, type, vmid, subject, user, state, progress, exitText } = task;
  const started = new Date(startedAtMs).toISOString().slice(0, 19).replace('T', ' ');
  const fraction = progress?.fraction;
  const far = state !== 'running' || fraction === undefined ? '' : ` ${barText(fraction, ROW_LETTERS)}`;
  const words = exitText === undefined ? '' : ` (${exitText})`;
  return [started, node, type, String(vmid ?? subject ?? '-'), user, `${state}${far}${words}`];
}
