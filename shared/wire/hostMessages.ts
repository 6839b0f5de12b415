// What the Electron main process and the utility process with the engine say to each other. Pages are not part of it:
// each gets a MessagePort of its own, handed over with a `link` message.
import * as z from 'zod/mini';

import { forcedSettings, updateChoice } from '../model/settings.ts';

/** What the shell has to know of the engine's work and of the person's wishes. */
export const engineWork = z.strictObject({
  /** Transfers and migrations that would suffer if the machine slept or the program ended. */
  running: z.int().check(z.gte(0)),
  updates: updateChoice,
  keepsAwake: z.boolean(),
});
export type EngineWork = z.infer<typeof engineWork>;

const vaultName = z.string().check(z.minLength(1), z.maxLength(256));
const vaultState = z.strictObject({
  keeps: z.enum(['system', 'unprotected', 'memory']),
  canBeUnprotected: z.boolean(),
});
const callId = z.int().check(z.gte(1));

/** The demo cluster that another process of ours runs already. */
export const runningDemo = z.strictObject({
  address: z.string(),
  fingerprint: z.string(),
  username: z.string(),
  realm: z.string(),
  password: z.string(),
});

/** From main to the utility process, over its parent port. */
export const toUtility = z.discriminatedUnion('kind', [
  /** The first message. The engine is created with it. */
  z.strictObject({
    kind: z.literal('start'),
    version: z.string(),
    /** Where documents are kept; exists. */
    dataDir: z.string(),
    vault: vaultState,
    /** What the machine's policy decides. */
    forced: forcedSettings,
    /** Absent: the utility process starts a demo cluster of its own when it is asked for one. */
    demo: z.optional(runningDemo),
  }),
  /** Carries exactly one transferred MessagePort: a new page's link. */
  z.strictObject({ kind: z.literal('link') }),
  /** The answer to a vault call. `secret` is absent for `write`, `remove` and where there is none. */
  z.strictObject({ kind: z.literal('vault.done'), id: callId, secret: z.optional(z.string()) }),
  z.strictObject({ kind: z.literal('vault.failed'), id: callId, message: z.string() }),
  /** A link or the path of a file that the system handed to the app. */
  z.strictObject({ kind: z.literal('launch'), text: z.string().check(z.maxLength(4096)) }),
  /** The machine is about to sleep, or has woken up. */
  z.strictObject({ kind: z.literal('power'), isAsleep: z.boolean() }),
  /** Drain, close the engine and exit with code 0, in this time at most. */
  z.strictObject({ kind: z.literal('close'), deadlineMs: z.number() }),
]);
export type ToUtility = z.infer<typeof toUtility>;

/** From the utility process to main. */
export const toMain = z.discriminatedUnion('kind', [
  /** The engine takes links from now on; links sent earlier are kept for it. */
  z.strictObject({ kind: z.literal('ready') }),
  /** A command wants a window to be seen. */
  z.strictObject({ kind: z.literal('show') }),
  /** Once when it is ready, then with every change. */
  z.strictObject({ kind: z.literal('work'), work: engineWork }),
  z.strictObject({ kind: z.literal('vault.read'), id: callId, name: vaultName }),
  z.strictObject({ kind: z.literal('vault.write'), id: callId, name: vaultName, secret: z.string() }),
  z.strictObject({ kind: z.literal('vault.remove'), id: callId, name: vaultName }),
  /** Where the system has no key store: whether a file without its protection may take its place. */
  z.strictObject({ kind: z.literal('vault.keepUnprotected'), id: callId, isAllowed: z.boolean() }),
]);
export type ToMain = z.infer<typeof toMain>;
