// THE list of what page and engine may say to each other. PROTOCOL.md explains it; the two change together.
import * as z from 'zod/mini';

import { tokenId, tokenSecret } from '../model/apiToken.ts';
import { address, certificate, cluster, fingerprint, realm } from '../model/cluster.ts';
import { consoleStatus, consoleTarget, consoleView, meters } from '../model/console.ts';
import { gateway } from '../model/gateway.ts';
import { historyFilter, historyPage } from '../model/history.ts';
import { inventoryChange, powerAction } from '../model/inventory.ts';
import {
  backupOptions,
  backupPlan,
  migrateOptions,
  migratePlan,
  migrationCheck,
  migrationQueue,
} from '../model/migration.ts';
import { privilegeTree } from '../model/privileges.ts';
import { loginResult, secondFactorKind } from '../model/session.ts';
import { product } from '../model/product.ts';
import { forcedNames, settings } from '../model/settings.ts';
import { taskChange, taskNotice, taskSample, tasksSampled } from '../model/task.ts';
import { vaultState } from '../model/vault.ts';
import { knownAddress } from '../model/consoleAddress.ts';
import { launch, launchView } from '../model/launch.ts';
import { guestDisplays, viewer, viewerProtocol } from '../model/viewer.ts';
import { backupMethods } from './backupContract.ts';
import { leastHeartbeatMs, usualHeartbeatMs } from './linkTerms.ts';
import { transferEvents, transferMethods } from './transferContract.ts';

const heartbeatMs = z.int().check(z.gte(leastHeartbeatMs), z.lte(usualHeartbeatMs));

const nothing = z.strictObject({});
const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));
/** PEM: what it signs for the server's name is trusted at this address, and the system's authorities are not. */
const acceptAuthority = z.optional(text(64 << 10));
const terminalSize = { cols: z.int().check(z.gte(1), z.lte(1000)), rows: z.int().check(z.gte(1), z.lte(1000)) };

/** Calls from page to engine. `params` and `result` are checked on both sides. */
export const methods = {
  /**
   * First call on a link. The engine then sends everything it knows as events, and changes from then on; to a page that
   * had another link before and says how far it came, only what it missed, where that is still kept.
   */
  'app.hello': {
    params: z.strictObject({
      wireVersion: z.number(),
      resume: z.optional(z.strictObject({ epoch: text(64), sequence: z.int().check(z.gte(1)) })),
      /** The page learned that something between cuts what is silent for longer. */
      heartbeatMs: z.optional(heartbeatMs),
    }),
    result: z.strictObject({
      version: z.string(),
      /** Of this run of the engine; sequence numbers mean nothing in another. */
      epoch: z.string(),
      /** How often both sides show life while nothing goes over the link. */
      heartbeatMs: z.number(),
      host: z.enum(['utility', 'web', 'in-process']),
      hasDemo: z.boolean(),
      settings,
      /** Settings that this machine's administrator decided; what is set of them is not taken. */
      forced: z.array(z.enum(forcedNames)),
    }),
  },
  /** Whether anybody looks at this page, as is so from `app.hello` on. Clusters are asked less often for nobody. */
  'app.watch': { params: z.strictObject({ isWatching: z.boolean() }), result: nothing },
  'settings.set': { params: z.strictObject({ settings }), result: nothing },
  /** Starts the demo cluster, or the Backup Server beside it, where needed and signs in to it. */
  'demo.open': { params: z.strictObject({ product: z.optional(z.enum(['pve', 'pbs'])) }), result: loginResult },

  /** Asks an address who it is: which of the products, its certificate and realms. Sends no secret. */
  'cluster.probe': {
    params: z.strictObject({ address: text(300) }),
    result: z.strictObject({ address, product, certificate, realms: z.array(realm) }),
  },
  /** Accepts a new certificate in place of the one accepted before. Both are named, so nothing is replaced unseen. */
  'cluster.acceptCertificate': {
    params: z.strictObject({ clusterId: text(64), oldFingerprint: fingerprint, newFingerprint: fingerprint }),
    result: nothing,
  },
  /** Whether what the cluster's own authority signs is trusted. It is named, so that none is trusted unseen. */
  'cluster.trustAuthority': {
    params: z.strictObject({ clusterId: text(64), fingerprint, isTrusted: z.boolean() }),
    result: nothing,
  },
  /** Removes it from the list, with its trust and its ticket. */
  'cluster.forget': { params: z.strictObject({ clusterId: text(64) }), result: nothing },

  'session.login': {
    params: z.strictObject({
      address: text(300),
      /** Given when the person accepted the certificate just now. */
      acceptFingerprint: z.optional(fingerprint),
      acceptAuthority,
      username: text(64),
      realm: text(64),
      password: text(4096),
    }),
    result: loginResult,
  },
  /** The same with an API token, which asks for no second factor and does not end by itself. */
  'session.loginWithToken': {
    params: z.strictObject({
      address: text(300),
      acceptFingerprint: z.optional(fingerprint),
      acceptAuthority,
      tokenId,
      secret: tokenSecret,
    }),
    result: loginResult,
  },
  /**
   * With a realm of an OpenID provider. The URL is opened in the person's browser; `session.finishOpenId` waits for what
   * comes of it. The provider's answer goes to the engine, over a loopback address, and not through the page.
   */
  'session.startOpenId': {
    params: z.strictObject({
      address: text(300),
      acceptFingerprint: z.optional(fingerprint),
      acceptAuthority,
      realm: text(64),
    }),
    result: z.strictObject({ loginId: z.string(), url: z.string(), expiresInMs: z.number() }),
  },
  /** Cancelled, the sign-in is given up. */
  'session.finishOpenId': { params: z.strictObject({ loginId: text(64) }), result: loginResult },
  /**
   * A challenge is good for one answer. Where the code was wrong (`second-factor-failed`) and another may be tried, the
   * error's `detail.challengeId` names the challenge for it.
   */
  'session.answer': {
    params: z.strictObject({ challengeId: text(64), kind: secondFactorKind, code: text(128) }),
    result: loginResult,
  },
  /**
   * Opens a door on this machine's loopback to the cluster's `/api2/`, signed behind it. `token` is what programs show
   * the door, and good for nothing else. The door stays when the page goes.
   */
  'gateway.open': {
    params: z.strictObject({
      clusterId: text(64),
      allowsWrites: z.boolean(),
      /** 0: any free one. */
      port: z.int().check(z.gte(0), z.lte(65_535)),
    }),
    result: z.strictObject({ id: z.string(), url: z.string(), token: z.string() }),
  },
  /** For the clipboard of who asks for it; pages do not keep it. */
  'gateway.token': {
    params: z.strictObject({ gatewayId: text(64) }),
    result: z.strictObject({ token: z.string() }),
  },
  'gateway.close': { params: z.strictObject({ gatewayId: text(64) }), result: nothing },

  'session.logout': { params: z.strictObject({ clusterId: text(64) }), result: nothing },

  'guest.power': {
    params: z.strictObject({ clusterId: text(64), guestId: text(64), action: powerAction }),
    result: z.strictObject({ upid: z.string() }),
  },
  /** What a running guest can be looked at with; all false for one that is off. */
  'guest.displays': {
    params: z.strictObject({ clusterId: text(64), guestId: text(64) }),
    result: guestDisplays,
  },
  /** The viewers of other programs on the engine's machine, the better ones first. Looked for anew with every call. */
  'viewer.list': {
    params: nothing,
    result: z.strictObject({ platform: z.string(), viewers: z.array(viewer) }),
  },
  /**
   * Opens a guest in a viewer of another program. Answered when that is connected; cancelled, it is ended. It belongs
   * to the engine and outlives the page. Without `viewerId` the first of the list that can.
   */
  'viewer.open': {
    params: z.strictObject({
      clusterId: text(64),
      guestId: text(64),
      protocol: viewerProtocol,
      viewerId: z.optional(text(64)),
    }),
    result: z.strictObject({ viewer: z.string() }),
  },
  /** What must be known before a migration in the cluster. With `target` also the storages there. */
  'guest.migrateOptions': {
    params: z.strictObject({ clusterId: text(64), guestId: text(64), target: z.optional(text(64)) }),
    result: migrateOptions,
  },
  /** Starts it now. Refused by the server with `forbidden`, `invalid` or `server`, and the reason. */
  'guest.migrate': {
    params: z.strictObject({ clusterId: text(64), guestId: text(64), plan: migratePlan }),
    result: z.strictObject({ upid: z.string() }),
  },
  'guest.backupOptions': {
    params: z.strictObject({ clusterId: text(64), guestId: text(64) }),
    result: backupOptions,
  },
  'guest.backup': {
    params: z.strictObject({ clusterId: text(64), guestId: text(64), plan: backupPlan }),
    result: z.strictObject({ upid: z.string() }),
  },
  /** Asks for each of them what `guest.migrateOptions` asks for one. In their order; those that are gone are left out. */
  'migrations.check': {
    params: z.strictObject({
      clusterId: text(64),
      guestIds: z.array(text(64)).check(z.minLength(1), z.maxLength(50)),
      target: text(64),
    }),
    result: z.strictObject({ checks: z.array(migrationCheck) }),
  },
  /** Several guests, one after the other, at most `limit` of a cluster at once. The queue outlives page and engine. */
  'migrations.add': {
    params: z.strictObject({
      clusterId: text(64),
      guestIds: z.array(text(64)).check(z.minLength(1), z.maxLength(500)),
      plan: migratePlan,
    }),
    result: z.strictObject({ ids: z.array(z.string()) }),
  },
  'migrations.setLimit': { params: z.strictObject({ limit: z.int().check(z.gte(1), z.lte(16)) }), result: nothing },
  /** Takes it out of the queue. One that runs is `task.stop`'s. */
  'migrations.cancel': { params: z.strictObject({ id: text(64) }), result: nothing },
  /** Forgets those that are over. */
  'migrations.clear': { params: nothing, result: nothing },

  /** The samples of a task, oldest first, 600 at most: older ones are further apart. Then come `tasks.sampled`. */
  'task.samples': {
    params: z.strictObject({ clusterId: text(64), upid: text(1024) }),
    result: z.strictObject({ samples: z.array(taskSample) }),
  },
  /** Tasks that are over, also such as the server has forgotten. */
  'history.list': {
    params: z.strictObject({
      filter: historyFilter,
      /** The `next` of the page before. */
      after: z.optional(text(200)),
      limit: z.int().check(z.gte(1), z.lte(500)),
    }),
    result: historyPage,
  },
  'history.clear': { params: nothing, result: nothing },
  'task.stop': { params: z.strictObject({ clusterId: text(64), upid: text(1024) }), result: nothing },
  /**
   * The person agreed to a link or a connection file. `guest`: the page opens it as any other guest's console. Until
   * this call nothing was connected.
   */
  'launch.accept': {
    params: z.strictObject({ launchId: text(64) }),
    result: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('console'), target: consoleTarget, view: consoleView }),
      z.strictObject({ kind: z.literal('viewer'), viewer: z.string() }),
      z.strictObject({ kind: z.literal('guest') }),
    ]),
  },
  'launch.dismiss': { params: z.strictObject({ launchId: text(64) }), result: nothing },
  /**
   * Opens what a person typed: a VNC, SPICE, serial or WebSocket address (`shared/codec/link/consoleAddress.ts`). Where
   * the certificate of the other side is to be compared first, it is the answer, and nothing was sent. `view` where the
   * address leaves it open.
   */
  'address.open': {
    params: z.strictObject({
      address: text(1000),
      view: z.optional(launchView),
      password: z.optional(text(1024)),
      acceptFingerprint: z.optional(fingerprint),
    }),
    result: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('certificate'), certificate }),
      z.strictObject({ kind: z.literal('console'), target: consoleTarget, view: consoleView }),
      z.strictObject({ kind: z.literal('viewer'), viewer: z.string() }),
    ]),
  },
  /** Those that were opened before, the last one first. */
  'address.list': { params: nothing, result: z.strictObject({ addresses: z.array(knownAddress) }) },
  /** With the certificate that was accepted for it. */
  'address.forget': { params: z.strictObject({ address: text(1000), view: launchView }), result: nothing },
  /** Tells the guest's terminal its new size. */
  'console.resize': { params: z.strictObject({ channel: z.int(), ...terminalSize }), result: nothing },
  ...backupMethods,
  ...transferMethods,
} as const;

/** From engine to page. The newest of one subject replaces older ones that were not sent yet. */
export const events = {
  'clusters.changed': z.strictObject({ clusters: z.array(cluster) }),
  /** What the signed-in user may do there. Without a tree it is not known, and everything is offered. */
  'privileges.changed': z.strictObject({ clusterId: z.string(), tree: z.optional(privilegeTree) }),
  'inventory.changed': inventoryChange,
  /** At most four times a second of one cluster; of one task the latest wins. */
  'tasks.changed': taskChange,
  'vault.changed': vaultState,
  'gateways.changed': z.strictObject({ gateways: z.array(gateway) }),
  /** Once a second at most, of all tasks that run and tell how far they are. */
  'tasks.sampled': tasksSampled,
  'task.notice': taskNotice,
  'migrations.changed': migrationQueue,
  'console.status': consoleStatus,
  /** The engine's machine slept: what waits before it tries again need not wait. */
  'machine.woken': nothing,
  /** Somebody beside the pages, such as `sluice console`, wants it open; without a view the usual one. */
  'console.wanted': z.strictObject({ target: consoleTarget, view: z.optional(consoleView) }),
  'meters.changed': meters,
  /** Links and connection files that wait for the person's answer. The whole list. */
  'launches.changed': z.strictObject({ launches: z.array(launch) }),
  'settings.changed': z.strictObject({ settings }),
  ...transferEvents,
  /** All that hello promised was told: what was missed, or everything. A link that is lost from here on resumes. */
  'app.told': z.strictObject({ isResumed: z.boolean() }),
} as const;

/** Flow-controlled byte streams, opened by the page. `down` is engine to page. */
export const channels = {
  /**
   * A guest's screen or shell. `vnc`: RFB 3.8 both ways, already authenticated (the page is offered security type
   * None). `terminal`: raw bytes both ways; the size travels beside it (`console.resize`).
   */
  console: {
    params: z.strictObject({ target: consoleTarget, view: consoleView, ...terminalSize }),
    creditDownBytes: 512 * 1024, // 80 ms of xterm's slowest parsing, 6.5 MB/s
    creditUpBytes: 64 * 1024, // keys, pointer and pasted text
  },
  /**
   * A task's log, followed to its end: UTF-8 lines, each ended by LF, then the end of the stream. `after`: so many lines
   * came over an earlier channel and are left out.
   */
  'task.log': {
    params: z.strictObject({ clusterId: text(64), upid: text(1024), after: z.optional(z.int().check(z.gte(0))) }),
    creditDownBytes: 256 * 1024, // some 3,000 lines
    creditUpBytes: 1024, // nothing is sent up
  },
  /**
   * A file that was chosen in the page, which is named `page-file:ID/NAME` where a path is asked for. The engine sends
   * requests (`shared/model/pageFile.ts`), one at a time; up come just the bytes. Offered again over the next link it
   * goes on; where the page is gone for a minute, what reads it fails.
   */
  'page.file': {
    params: z.strictObject({
      fileId: text(64),
      name: text(255),
      sizeBytes: z.int().check(z.gte(0)),
      modifiedAtMs: z.number(),
    }),
    creditDownBytes: 1024,
    creditUpBytes: 1024 * 1024, // one piece that the engine asks for
  },
  /** The history as a file, UTF-8: CSV with a header line, or a JSON array. */
  'history.export': {
    params: z.strictObject({ format: z.enum(['csv', 'json']), filter: historyFilter }),
    creditDownBytes: 256 * 1024,
    creditUpBytes: 1024, // nothing is sent up
  },
} as const;

export type Methods = typeof methods;
export type MethodName = keyof Methods;
export type Params<M extends MethodName> = z.infer<Methods[M]['params']>;
export type Result<M extends MethodName> = z.infer<Methods[M]['result']>;

export type Events = typeof events;
export type EventName = keyof Events;
export type EventData<E extends EventName> = z.infer<Events[E]>;

export type Channels = typeof channels;
export type ChannelKind = keyof Channels;
export type ChannelParams<K extends ChannelKind> = z.infer<Channels[K]['params']>;
