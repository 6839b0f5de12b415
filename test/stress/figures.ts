/** How long a connection has to live, and how much goes through it; less for a quick look. */
export const lifeMs = Number(process.env['SLUICE_STRESS_MINUTES'] ?? 10) * 60_000;
export const soakGiB = Number(process.env['SLUICE_STRESS_GIB'] ?? 20);

export const MIB = 2 ** 20;

/** A line of figures for whoever runs it. */
export function tell(what: string, figures: Readonly<Record<string, number | string | undefined>>): void {
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${shown(value)}`);
  process.stdout.write(`${what}: ${parts.join(', ')}\n`);
}

function shown(value: number | string | undefined): string {
  if (typeof value !== 'number') return value ?? 'unknown';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
