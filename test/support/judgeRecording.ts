import { Forecaster } from '../../shared/codec/task/forecaster.ts';
import { LogParser } from '../../shared/codec/task/logParser.ts';
import type { TaskProgress } from '../../shared/model/task.ts';
import type { Recording } from './migrationRecording.ts';

export interface EtaLook {
  readonly share: number;
  readonly trueS: number;
  readonly guessS: number;
  readonly isHeld: boolean;
  readonly etaSeconds: readonly [number, number] | undefined;
  readonly kind: string | undefined;
  readonly progress: TaskProgress;
}

/** Plays a recording to parser and forecast, looked at once a second as the engine does, or at shares of its time. */
export function judgeRecording(recording: Recording, shares?: readonly number[]): EtaLook[] {
  const parser = new LogParser('qmigrate', { memoryBytes: recording.memoryMib * 2 ** 20 });
  const forecaster = new Forecaster();
  const looks: EtaLook[] = [];
  const lines = [...recording.lines];
  const wanted = [...(shares ?? [])];
  for (let atMs = 500; atMs < recording.endMs; atMs += 1000) {
    while ((lines[0]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) parser.push(lines.shift()?.line ?? '');
    const progress = forecaster.push({ atMs, wallMs: atMs, progress: parser.progress, facts: parser.facts });
    const share = atMs / recording.endMs;
    const isDue = shares === undefined || (wanted[0] !== undefined && share >= wanted[0]);
    if (!isDue) continue;
    looks.push(judge(progress, wanted.shift() ?? share, (recording.endMs - atMs) / 1000));
  }
  return looks;
}

function judge(progress: TaskProgress, share: number, trueS: number): EtaLook {
  const { etaSeconds, forecast } = progress;
  const [low, high] = etaSeconds ?? [0, 0];
  return {
    ...{ share, trueS, progress },
    etaSeconds,
    kind: forecast?.kind,
    guessS: Math.sqrt((low + 1) * (high + 1)) - 1, // between two guesses that are apart by a factor
    isHeld: low <= trueS && trueS <= high,
  };
}
