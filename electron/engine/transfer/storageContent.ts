import * as z from 'zod/mini';

import type { StorageChoice } from '../../../shared/model/migration.ts';
import type { UploadContent, UploadTarget } from '../../../shared/model/transfer.ts';
import { lenient, listOf, perlNumber } from '../api/perl.ts';
import { nodesAnswer } from '../api/schemas.ts';
import { listStorages } from '../api/storages.ts';
import type { ClusterSession } from '../session/clusterSession.ts';

const contents: readonly UploadContent[] = ['iso', 'vztmpl', 'import'];

const contentAnswer = listOf(z.object({ volid: z.string(), size: lenient(perlNumber), ctime: lenient(perlNumber) }));

export interface StoragePlace {
  readonly node: string;
  readonly storage: string;
}

export interface StoredFile {
  readonly sizeBytes: number | undefined;
  readonly atMs: number | undefined;
}

export const storagePath = ({ node, storage }: StoragePlace): string =>
  `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(storage)}`;

/** What lies there under that name (PVE wire facts 7.3). The server replaces it without a word. */
export async function findFile(
  session: ClusterSession,
  place: StoragePlace,
  content: UploadContent,
  filename: string,
  signal: AbortSignal,
): Promise<StoredFile | undefined> {
  const listed = await session.api.get(`${storagePath(place)}/content`, contentAnswer, { query: { content }, signal });
  const found = listed.find(({ volid }) => volid === `${place.storage}:${content}/${filename}`);
  return found && { sizeBytes: found.size, atMs: found.ctime === undefined ? undefined : found.ctime * 1000 };
}

/** The nodes that answer, by name. */
export async function onlineNodes(session: ClusterSession, signal?: AbortSignal): Promise<string[]> {
  const nodes = await session.api.get('/nodes', nodesAnswer, { signal });
  return nodes
    .filter(({ status }) => status === undefined || status === 'online')
    .map(({ node }) => node)
    .sort();
}

/** Every place of the cluster that takes uploads, ordered by node and storage. */
export async function listUploadTargets(session: ClusterSession, signal?: AbortSignal): Promise<UploadTarget[]> {
  const nodes = await onlineNodes(session, signal);
  const perNode = await Promise.all(
    nodes.map(async (node) => {
      const storages = await listStorages(session.api, node, { signal });
      return storages.flatMap((storage) => targetOf(node, storage));
    }),
  );
  return perNode.flat();
}

function targetOf(node: string, { name, content, isShared, availableBytes }: StorageChoice): UploadTarget[] {
  const takes = contents.filter((one) => content.includes(one));
  if (takes.length === 0) return [];
  return [{ node, storage: name, content: takes, isShared, ...(availableBytes !== undefined && { availableBytes }) }];
}
