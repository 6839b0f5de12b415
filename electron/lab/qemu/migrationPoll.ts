import { renderBytes, stamp } from '../tasks/text.ts';

/** What QMP's `query-migrate` tells, as far as it is logged. */
export interface MigrationInfo {
  readonly status?: string;
  readonly downtime?: number;
  readonly 'error-desc'?: string;
  readonly 'total-time'?: number;
  readonly ram?: {
    readonly transferred: number;
    readonly remaining: number;
    readonly total: number;
    readonly 'pages-per-second'?: number;
    readonly 'dirty-pages-rate'?: number;
    readonly 'page-size'?: number;
  };
  /** Where pages are sent as what changed in them. */
  readonly 'xbzrle-cache'?: {
    readonly bytes: number;
    readonly pages: number;
    readonly 'cache-miss-rate'?: number;
    readonly overflow: number;
  };
}

export interface MigrationPoll {
  query(): Promise<MigrationInfo>;
  setDowntime(ms: number): Promise<void>;
  log(line: string): void;
  sleep(ms: number): Promise<void>;
  nowMs(): number;
}

const POLL_MS = 1000;
const FAST_POLL_MS = 100; // near the end
const MOST_GROWTHS = 5; // polls in which more remained than before, until more downtime is allowed
const MOST_DOWNTIME_MS = 2_000_000;

/**
 * Looks at a live migration once a second and writes what qemu-server would (PVE wire facts 6.4 a): a line a second, one
 * of ten near the end. What the guest dirties is told only while it is more than what is sent. Rejects when it failed.
 */
export async function pollMigration(poll: MigrationPoll, downtimeMs = 100): Promise<void> {
  const say = (text: string) => poll.log(`${stamp(poll.nowMs())} ${text}`);
  const startedAtMs = poll.nowMs();
  let [waitMs, looks, growths, allowedMs] = [POLL_MS, 0, 0, downtimeMs];
  let [lastSentBytes, lastRestBytes] = [0, 0];
  for (;;) {
    await poll.sleep(waitMs);
    looks += 1;
    const info = await poll.query();
    const { status, ram } = info;
    if (status === 'setup') say("migration in status 'setup' - waiting for transition");
    if (status === 'completed') return sayCompleted(say, info, poll.nowMs() - startedAtMs);
    if (status === 'failed' || status === 'cancelled') {
      const why = info['error-desc'] === undefined ? '' : ` - ${info['error-desc']}`;
      say(`migration status error: ${status}${why}`);
      throw new Error('aborting');
    }
    if (!ram || (status !== 'active' && status !== 'device') || ram.transferred === lastSentBytes) continue;
    const averageBytes = ram.transferred / looks;
    if (ram.remaining < averageBytes) waitMs = FAST_POLL_MS;
    if (waitMs > FAST_POLL_MS || looks % 10 === 0) {
      say(ramLine(status, ram));
      if ((info['xbzrle-cache']?.pages ?? 0) > 0) say(xbzrleLine(info['xbzrle-cache']));
    }
    if (lastRestBytes > 0 && ram.remaining > lastRestBytes) growths += 1;
    lastSentBytes = ram.transferred;
    lastRestBytes = ram.remaining;
    if (growths <= MOST_GROWTHS || allowedMs > MOST_DOWNTIME_MS) continue;
    growths = 0;
    allowedMs *= 2;
    say(`auto-increased downtime to continue migration: ${allowedMs} ms`);
    await poll.setDowntime(allowedMs);
  }
}

function ramLine(status: string, ram: NonNullable<MigrationInfo['ram']>): string {
  const pageBytes = ram['page-size'] ?? 4096;
  const sentPerSecond = (ram['pages-per-second'] ?? 0) * pageBytes;
  const dirtiedPerSecond = (ram['dirty-pages-rate'] ?? 0) * pageBytes;
  const sizes = `transferred ${renderBytes(ram.transferred)} of ${renderBytes(ram.total)} VM-state`;
  const dirties = dirtiedPerSecond > sentPerSecond;
  return `migration ${status}, ${sizes}, ${renderBytes(sentPerSecond)}/s${
    dirties ? `, VM dirties lots of memory: ${renderBytes(dirtiedPerSecond)}/s` : ''
  }`;
}

function xbzrleLine(cache: MigrationInfo['xbzrle-cache']): string {
  const { pages = 0, bytes = 0, overflow = 0 } = cache ?? {};
  const missed = ((cache?.['cache-miss-rate'] ?? 0) * 100).toFixed(2);
  return `xbzrle: send updates to ${pages} pages in ${renderBytes(bytes)} encoded memory, cache-miss ${missed}%, overflow ${overflow}`;
}

function sayCompleted(say: (text: string) => void, { ram, downtime }: MigrationInfo, tookMs: number): void {
  const speed = renderBytes((ram?.total ?? 0) / Math.max(1, tookMs / 1000));
  say(`average migration speed: ${speed}/s - downtime ${downtime ?? 0} ms`);
  say(`migration completed, transferred ${renderBytes(ram?.transferred ?? 0)} VM-state`);
  say('migration status: completed');
}
