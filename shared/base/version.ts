interface Version {
  readonly numbers: readonly number[];
  /** What stands behind the hyphen: `beta`, `2`. */
  readonly stages: readonly string[];
}

const shape = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,64}))?(?:\+[0-9A-Za-z.-]*)?$/;

function readVersion(text: string): Version | undefined {
  const match = shape.exec(text);
  if (!match) return undefined;
  return { numbers: match.slice(1, 4).map(Number), stages: match[4]?.split('.') ?? [] };
}

/** Negative where `left` is older than `right`, 0 where they are of one age; undefined where one is no version. */
export function compareVersions(left: string, right: string): number | undefined {
  const a = readVersion(left);
  const b = readVersion(right);
  if (!a || !b) return undefined;
  const difference = a.numbers.map((number, index) => number - (b.numbers[index] ?? 0)).find((step) => step !== 0);
  return difference ?? compareStages(a.stages, b.stages);
}

/** A version without a stage is newer than all of its stages (semver.org 2.0.0, 11). */
function compareStages(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const step = compareStage(a[index], b[index]);
    if (step !== 0) return step;
  }
  return 0;
}

function compareStage(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumberA && isNumberB) return Number(a) - Number(b);
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}
