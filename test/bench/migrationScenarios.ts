/** `tuned`: the forecast was made by looking at these. The others were recorded afterwards, to see whether it holds. */
export type RecordingSet = 'tuned' | 'held-out' | 'confirming';

/** A migration to be recorded: what the guest does, and what carries it. */
export interface Scenario {
  readonly name: string;
  readonly set: RecordingSet;
  readonly memoryMib: number;
  /** Memory that holds something and stays as it is. */
  readonly filledMib: number;
  /** Memory that is rewritten all the time: so many passes, then a pause. */
  readonly dirtyMib: number;
  readonly passes?: number;
  readonly pauseS: number;
  /** What the link carries: from so many seconds on, so many MiB a second. The first is from 0 on. */
  readonly limits: readonly (readonly [number, number])[];
  /** QEMU's own helps; qemu-server turns on `auto-converge` and `xbzrle`. */
  readonly capabilities?: readonly string[];
  /** Nothing moves for so long, once so much went over. */
  readonly stall?: { readonly afterMib: number; readonly seconds: number };
  /** Typed into the guest after so many seconds. */
  readonly acts?: readonly (readonly [number, string])[];
  /** Disks that are mirrored before the memory moves, all at once, each at its own speed. */
  readonly disks?: readonly { readonly mib: number; readonly speedMib: number }[];
}

/** `0:12 6:5`: 12 MiB a second, from the sixth second on 5. */
const link = (text: string): Scenario['limits'] =>
  text.split(' ').map((step) => {
    const [atS = 0, mib = 0] = step.split(':').map(Number);
    return [atS, mib] as const;
  });

const plain = (name: string, memoryMib: number, filledMib: number, limitMib: number): Scenario => ({
  ...{ name, set: 'tuned', memoryMib, filledMib, limits: link(`0:${limitMib}`), dirtyMib: 0, pauseS: 1 },
});
const busy = (scenario: Scenario, dirtyMib: number, pauseS: number): Scenario => ({ ...scenario, dirtyMib, pauseS });

/** MiB and MiB a second of each. */
const disks = (text: string): Scenario['disks'] & {} => link(text).map(([mib, speedMib]) => ({ mib, speedMib }));

const tuned: readonly Scenario[] = [
  plain('idle-full', 256, 160, 8),
  plain('idle-empty', 512, 0, 4),
  plain('idle-half', 384, 120, 6),
  busy(plain('calm', 256, 100, 8), 8, 4),
  busy(plain('light', 256, 80, 8), 12, 3),
  busy(plain('steady', 256, 60, 8), 24, 5),
  busy(plain('heavy', 256, 40, 10), 40, 2),
  busy(plain('hard', 256, 30, 12), 64, 1),
  busy(plain('never', 256, 30, 6), 64, 0),
  { ...plain('slows', 256, 140, 12), limits: link('0:12 6:5') },
  { ...plain('speeds', 256, 140, 4), limits: link('0:4 12:12') },
  { ...busy(plain('slows-busy', 256, 90, 12), 12, 3), limits: link('0:12 5:6') },
  plain('quick', 256, 100, 20),
  busy(plain('quick-busy', 256, 80, 24), 24, 2),
  plain('long', 256, 180, 4),
];

/** As qemu-server asks for it. */
const helped = (scenario: Scenario): Scenario => ({ ...scenario, capabilities: ['auto-converge', 'xbzrle'] });
const wakes = 'while :; do dd if=/dev/urandom of=/run/late bs=1M count=16 conv=notrunc 2>/dev/null; sleep 2; done & :;';

const of = (set: RecordingSet, all: readonly Scenario[]) => all.map((scenario) => ({ ...scenario, set }));

const heldOut = of('held-out', [
  helped(plain('big-half', 768, 300, 16)),
  helped(plain('big-empty', 1024, 50, 5)),
  { ...helped(busy(plain('bursts', 256, 80, 9), 20, 8)), passes: 3 },
  { ...busy(plain('bursts-tight', 256, 50, 7), 30, 6), passes: 2 },
  helped(busy(plain('converges', 256, 40, 8), 48, 0)),
  helped(busy(plain('converges-late', 256, 30, 5), 40, 0)),
  helped(busy(plain('helped-light', 256, 90, 7), 16, 2)),
  { ...helped(plain('ladder', 384, 200, 12)), limits: link('0:12 4:4 10:10 15:3 22:14') },
  { ...helped(plain('drops', 256, 150, 15)), limits: link('0:15 4:3') },
  {
    ...helped(busy(plain('wavers', 256, 120, 8), 6, 4)),
    limits: link('0:8 2:3 3:11 5:5 8:9 9:4 12:12 14:6 17:3 21:10 22:7 26:5'),
  },
  { ...helped(plain('stands', 256, 130, 8)), stall: { afterMib: 50, seconds: 16 } },
  { ...helped(busy(plain('calms-down', 256, 60, 8), 40, 0)), acts: [[12, 'kill $!;']] },
  { ...helped(plain('wakes-up', 256, 120, 7)), acts: [[8, wakes]] },
  { ...helped(plain('two-disks', 256, 80, 10)), disks: disks('120:6 60:6') },
  { ...helped(busy(plain('three-disks', 256, 60, 12), 8, 3)), disks: disks('200:9 30:4 80:3') },
]);

const confirming = of('confirming', [
  helped(plain('late-fill', 512, 230, 9)),
  helped(plain('small-fast', 192, 90, 25)),
  helped(busy(plain('even', 320, 100, 9), 10, 1)),
  helped(busy(plain('half-dirty', 256, 60, 10), 32, 6)),
  busy(plain('unhelped', 256, 70, 8), 20, 4),
  { ...helped(busy(plain('seldom', 256, 90, 8), 16, 15)), passes: 4 },
  { ...helped(plain('climbs', 320, 180, 2)), limits: link('0:2 6:5 12:9 20:16') },
  { ...helped(plain('sags', 256, 140, 14)), limits: link('0:14 5:11 9:8 13:5 17:3') },
  { ...helped(busy(plain('shared-link', 256, 110, 6), 8, 2)), limits: link('0:6 10:12 20:6') },
  { ...helped(plain('four-disks', 192, 60, 9)), disks: disks('40:2 60:5 90:5 20:1') },
  { ...helped(plain('quick-disk', 256, 120, 5)), disks: disks('120:14') },
  { ...helped(busy(plain('disk-then-busy', 256, 70, 9), 14, 2)), disks: disks('80:7') },
  { ...helped(plain('short-stop', 256, 140, 9)), stall: { afterMib: 80, seconds: 8 } },
  helped(busy(plain('hopeless', 256, 30, 4), 60, 0)),
]);

export const scenarios: readonly Scenario[] = [...tuned, ...heldOut, ...confirming];
