// The fields of the server's answers that we read (PVE wire facts 1, 2, 3.1, 4.1, 6.2). Everything else is ignored.
import * as z from 'zod/mini';

import { type Privilege, type PrivilegeTree, privilege } from '../../../shared/model/privileges.ts';
import { lenient, listOf, orElse, perlFlag, perlNumber, perlText } from './perl.ts';

export const versionAnswer = z.object({ version: perlText, release: lenient(perlText) });

export const realmsAnswer = z.array(
  z.object({ realm: z.string(), type: z.string(), comment: lenient(perlText), default: perlFlag }),
);

export const ticketAnswer = z.object({
  username: z.string(),
  /** Absent where it comes in a cookie. */
  ticket: lenient(z.string()),
  CSRFPreventionToken: lenient(z.string()),
  NeedTFA: perlFlag,
  clustername: lenient(perlText),
});
export type TicketAnswer = z.infer<typeof ticketAnswer>;

/** What stands in a half ticket (facts 1.2). `webauthn` and `u2f` are only asked for their presence. */
export const challengeJson = z.object({
  totp: perlFlag,
  recovery: lenient(z.array(z.unknown())),
  yubico: perlFlag,
  webauthn: z.optional(z.unknown()),
  u2f: z.optional(z.unknown()),
});

/** Of `/cluster/resources`: one flat shape for guests and nodes; which it is says `type`. */
const resource = z.object({
  type: z.string(),
  id: z.string(),
  node: lenient(z.string()),
  name: lenient(perlText),
  status: lenient(z.string()),
  vmid: lenient(perlNumber),
  template: perlFlag,
  tags: lenient(perlText),
  lock: lenient(perlText),
  cpu: lenient(perlNumber),
  maxcpu: lenient(perlNumber),
  mem: lenient(perlNumber),
  maxmem: lenient(perlNumber),
  uptime: lenient(perlNumber),
});
export const resourcesAnswer = listOf(resource);
export type Resource = z.infer<typeof resource>;

export const nodesAnswer = listOf(
  z.object({ node: z.string(), status: lenient(z.string()), ssl_fingerprint: lenient(z.string()) }),
);

export const certificatesAnswer = listOf(z.object({ filename: z.string(), pem: lenient(z.string()) }));

export const clusterStatusAnswer = listOf(
  z.object({
    type: z.string(),
    name: perlText,
    online: perlFlag,
    quorate: perlFlag,
    local: perlFlag,
    ip: lenient(z.string()),
  }),
);

/** Of `/access/permissions`: the privileges we know of; entries we can't read count as none. */
export const permissionsAnswer = z.pipe(
  z.record(z.string(), z.unknown()),
  z.transform((paths): PrivilegeTree => {
    const tree: PrivilegeTree = {};
    for (const [path, held] of Object.entries(paths)) {
      if (typeof held !== 'object' || held === null) continue;
      const known = Object.entries(held).flatMap(([name, propagates]) =>
        isPrivilege(name) ? [[name, z.parse(perlFlag, propagates)] as const] : [],
      );
      if (known.length > 0) tree[path] = Object.fromEntries(known);
    }
    return tree;
  }),
);
const isPrivilege = (name: string): name is Privilege => privilege.safeParse(name).success;

export const guestStatusAnswer = z.object({
  status: z.string(),
  qmpstatus: lenient(z.string()),
  serial: perlFlag,
  spice: perlFlag,
});

export const proxyAnswer = z.object({
  user: z.string(),
  ticket: z.string(),
  port: perlNumber,
  upid: lenient(z.string()),
  password: lenient(perlText),
});
export type ProxyAnswer = z.infer<typeof proxyAnswer>;

/** Of `spiceproxy` (facts 5.1). */
export const spiceAnswer = z.object({
  host: z.string(),
  'tls-port': perlNumber,
  proxy: z.string(),
  password: z.string(),
  ca: z.string(),
  'host-subject': z.string(),
  title: lenient(perlText),
  'secure-attention': lenient(z.string()),
  'toggle-fullscreen': lenient(z.string()),
  'release-cursor': lenient(z.string()),
});
export type SpiceAnswer = z.infer<typeof spiceAnswer>;

const taskEntry = z.object({
  upid: z.string(),
  node: z.string(),
  type: z.string(),
  id: lenient(perlText),
  user: lenient(z.string()),
  tokenid: lenient(perlText),
  starttime: perlNumber,
  endtime: lenient(perlNumber),
  status: lenient(perlText),
});
export const tasksAnswer = listOf(taskEntry);
export type TaskEntry = z.infer<typeof taskEntry>;

/** Of Backup Server and Datacenter Manager, which call type and ID otherwise (facts 9.2, 10). */
const serverTaskEntry = z.object({
  upid: z.string(),
  node: lenient(z.string()),
  worker_type: lenient(z.string()),
  worker_id: lenient(perlText),
  type: lenient(z.string()),
  id: lenient(perlText),
  user: lenient(z.string()),
  starttime: perlNumber,
  endtime: lenient(perlNumber),
  status: lenient(perlText),
});
export const serverTasksAnswer = listOf(serverTaskEntry);
export type ServerTaskEntry = z.infer<typeof serverTaskEntry>;

export const taskStatusAnswer = z.object({ status: z.string(), exitstatus: lenient(perlText) });

export const taskLogAnswer = listOf(z.object({ n: perlNumber, t: orElse(perlText, '') }));

export const upidAnswer = z.string();
