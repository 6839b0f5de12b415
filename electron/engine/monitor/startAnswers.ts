// Fields of the answers that decide what can be started (PVE wire facts 2.6, 7.3).
import * as z from 'zod/mini';

import { lenient, listOf, perlFlag, perlNumber, perlText } from '../api/perl.ts';

const texts = listOf(perlText);

/** Of `GET …/qemu/{vmid}/migrate`. Newer servers name mapped devices by node, older ones in a list. */
export const migrateAnswer = z.object({
  running: perlFlag,
  allowed_nodes: lenient(texts),
  not_allowed_nodes: lenient(z.record(z.string(), z.unknown())),
  local_disks: listOf(
    z.object({
      volid: perlText,
      drivename: lenient(perlText),
      size: lenient(perlNumber),
      is_attached: lenient(perlFlag),
    }),
  ),
  local_resources: texts,
  'mapped-resources': lenient(texts),
});

/** Why a node cannot take a guest; each list is there only where it holds something. */
export const refusedNode = z.object({
  unavailable_storages: lenient(texts),
  'unavailable-resources': lenient(texts),
});
