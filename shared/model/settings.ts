import * as z from 'zod/mini';

export const themeChoice = z.enum(['system', 'light', 'dark']);

/** Of new versions: fetched and installed when the program ends, only told of, or not even looked for. */
export const updateChoice = z.enum(['install', 'tell', 'off']);
export type UpdateChoice = z.infer<typeof updateChoice>;
export const usualUpdates: UpdateChoice = 'install';

const minuteOfDay = z.int().check(z.gte(0), z.lt(24 * 60));

/** Of what the desktop tells while nobody looks at the window. */
export const noticeSettings = z.object({
  finished: z.boolean(),
  failed: z.boolean(),
  /** Stalled, or will not finish. */
  needsSomeone: z.boolean(),
  /** Minutes of the day, local time; from 22:00 to 7:00 is `[1320, 420]`. Nothing is shown in between. */
  quiet: z.optional(z.tuple([minuteOfDay, minuteOfDay])),
  /** Clusters of which nothing is shown. */
  mutedClusterIds: z.array(z.string()).check(z.maxLength(200)),
});
export type NoticeSettings = z.infer<typeof noticeSettings>;
export const usualNotices: NoticeSettings = {
  finished: true,
  failed: true,
  needsSomeone: true,
  mutedClusterIds: [],
};

/** Of sessions that read a backup: how long one may be silent before it shows life. */
export const usualReaderHeartbeatS = 3; // below the 5 s after which the strictest proxies in use cut
export const leastReaderHeartbeatS = 1;
export const mostReaderHeartbeatS = 60; // what proxies give where nobody changed it

/** What the person chose. Kept by the engine, so that it is the same after a restart and in every window. */
export const settings = z.object({
  theme: themeChoice,
  /** `KeyboardEvent.code` of the key that takes the keyboard back from a console. */
  releaseKey: z.enum(['ControlRight', 'AltRight', 'ShiftRight', 'MetaRight', 'ScrollLock']),
  terminalFontSizePx: z.number().check(z.gte(6), z.lte(40)),
  /** Sign-ins outlive the program; so where it is absent. */
  keepsSignIns: z.optional(z.boolean()),
  /** They may lie in a file that only the rights of files protect, where the system has no key store. */
  keepsUnprotected: z.optional(z.boolean()),
  /** Absent: `usualNotices`. */
  notices: z.optional(noticeSettings),
  /** Absent: `usualReaderHeartbeatS`. */
  readerHeartbeatS: z.optional(z.int().check(z.gte(leastReaderHeartbeatS), z.lte(mostReaderHeartbeatS))),
  /** Absent: `usualUpdates`. */
  updates: z.optional(updateChoice),
  /** The computer does not fall asleep while transfers and migrations run; so where it is absent. */
  keepsAwake: z.optional(z.boolean()),
});
export type Settings = z.infer<typeof settings>;

/** What an administrator may decide for everybody who uses the machine. */
export const forcedSettings = z.strictObject({
  updates: z.optional(updateChoice),
  keepsAwake: z.optional(z.boolean()),
  keepsSignIns: z.optional(z.boolean()),
  keepsUnprotected: z.optional(z.boolean()),
});
export type ForcedSettings = z.infer<typeof forcedSettings>;
export const forcedNames = ['updates', 'keepsAwake', 'keepsSignIns', 'keepsUnprotected'] as const;
export type ForcedName = (typeof forcedNames)[number];

export const defaultSettings: Settings = { theme: 'system', releaseKey: 'ControlRight', terminalFontSizePx: 12 };
