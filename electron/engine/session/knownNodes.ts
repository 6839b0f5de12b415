import { X509Certificate } from 'node:crypto';
import * as z from 'zod/mini';

import { AppError } from '../../../shared/base/errors.ts';
import { address, fingerprint } from '../../../shared/model/cluster.ts';
import { certificatesAnswer, clusterStatusAnswer, nodesAnswer } from '../api/schemas.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import { normalizeFingerprint } from '../net/trust.ts';
import type { ApiClient } from '../api/apiClient.ts';

const MOST_NODES = 64; // twice what Proxmox VE is run with

/** A node of a cluster that was told of over a trusted connection: where it is, and what it shows. No secret. */
export const knownNode = z.object({ name: z.string(), address, fingerprint });
export type KnownNode = z.infer<typeof knownNode>;

/** What a cluster tells about itself that lets us reach and trust the rest of it. */
export interface ClusterFacts {
  /** The cluster's, or a lone node's own. */
  readonly name: string | undefined;
  readonly nodes: readonly KnownNode[];
  /** The node that answered. */
  readonly localNode: string | undefined;
  /** Of the authority that signs the nodes' certificates and those of SPICE servers. */
  readonly caPem: string | undefined;
}

/**
 * Asks for the nodes with their addresses and certificates (PVE wire facts 2.2, 11.24), and for the cluster's
 * authority. What the user may not see is left out. All nodes are taken to listen on the port that we reached one at.
 */
export async function learnCluster({ address: ours, api }: { address: string; api: ApiClient }): Promise<ClusterFacts> {
  const options = { isBackground: true };
  const [status, nodes] = await Promise.all([
    api.get('/cluster/status', clusterStatusAnswer, options).catch(withoutPrivilege),
    api.get('/nodes', nodesAnswer, options).catch(withoutPrivilege),
  ]);
  const { port } = parseAddress(ours);
  const prints = new Map(nodes.map((one) => [one.node, normalizeFingerprint(one.ssl_fingerprint ?? '')]));
  const online = status.filter(({ type }) => type === 'node').sort((a, b) => Number(b.online) - Number(a.online));
  const known = online.flatMap(({ name, ip }): KnownNode[] => {
    const print = prints.get(name);
    return ip === undefined || print === undefined
      ? []
      : [{ name, address: formatAddress({ host: ip, port }), fingerprint: print }];
  });
  const localNode = status.find(({ type, local }) => type === 'node' && local)?.name;
  const caPem = localNode === undefined ? undefined : await learnAuthority(api, localNode);
  const name = (status.find(({ type }) => type === 'cluster') ?? status.find(({ type }) => type === 'node'))?.name;
  return { name, nodes: known.slice(0, MOST_NODES), localNode, caPem };
}

async function learnAuthority(api: ApiClient, node: string): Promise<string | undefined> {
  const path = `/nodes/${encodeURIComponent(node)}/certificates/info`;
  const entries = await api.get(path, certificatesAnswer, { isBackground: true }).catch(withoutPrivilege);
  const pem = entries.find(({ filename }) => filename === 'pve-root-ca.pem')?.pem;
  return pem !== undefined && readAuthority(pem) ? pem : undefined;
}

/** Undefined for what is no certificate of an authority. */
export function readAuthority(pem: string): X509Certificate | undefined {
  const certificate = readCertificate(pem);
  return certificate?.ca ? certificate : undefined;
}

/** The first of a file. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined; // not PEM at all: the same to us
  }
}

function withoutPrivilege(error: unknown): [] {
  const { code } = AppError.from(error);
  if (code === 'forbidden' || code === 'server' || code === 'unsupported') return [];
  throw error;
}
