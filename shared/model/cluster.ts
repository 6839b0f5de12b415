import * as z from 'zod/mini';

import { errorInfo } from './errorInfo.ts';
import { product } from './product.ts';

/** `host:port`, IPv6 in brackets, port always given. Also how a cluster is named to the engine before sign-in. */
export const address = z.string().check(z.minLength(3), z.maxLength(300));

/** SHA-256 of the leaf certificate, upper-case hex in pairs joined by colons, as Proxmox prints it. */
export const fingerprint = z.string().check(z.regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/));

/** How a certificate came to be trusted, or why it is not. */
export const certificateTrust = z.enum(['system', 'accepted', 'unknown', 'changed']);

export const certificate = z.object({
  fingerprint,
  subject: z.string(),
  issuer: z.string(),
  validFromMs: z.number(),
  validToMs: z.number(),
  trust: certificateTrust,
  /** The one accepted before, where `trust` is `changed`. */
  acceptedFingerprint: z.optional(fingerprint),
  /** The cluster's own authority, known from an earlier sign-in, signed it for this address. Helps people to decide. */
  isOfCluster: z.optional(z.boolean()),
  /** Where it was shown, unless at the cluster's own address. */
  shownAt: z.optional(z.string()),
});
export type Certificate = z.infer<typeof certificate>;

export const realm = z.object({
  realm: z.string(),
  type: z.string(),
  comment: z.optional(z.string()),
  isDefault: z.boolean(),
});
export type Realm = z.infer<typeof realm>;

export const clusterState = z.enum(['connecting', 'signed-in', 'signed-out', 'unreachable', 'certificate-changed']);
export type ClusterState = z.infer<typeof clusterState>;

export const cluster = z.object({
  /** Made by us, stable over restarts. */
  id: z.string(),
  name: z.string(),
  product,
  address,
  user: z.optional(z.string()),
  state: clusterState,
  /** Why it is not signed in or not reachable. */
  error: z.optional(errorInfo),
  certificate: z.optional(certificate),
  /** The cluster's own certificate authority, as it told itself. */
  authority: z.optional(
    z.object({
      fingerprint,
      subject: z.string(),
      validToMs: z.number(),
      /** A person said that what it signs for the right name is trusted. */
      isTrusted: z.boolean(),
    }),
  ),
  /** The node that requests go to, where the address above does not answer. */
  through: z.optional(z.string()),
  version: z.optional(z.string()),
  /** Lives in this program and ends with it. */
  isDemo: z.optional(z.boolean()),
  /** Wall clock of the last answer. */
  lastAnswerAtMs: z.optional(z.number()),
});
export type Cluster = z.infer<typeof cluster>;
