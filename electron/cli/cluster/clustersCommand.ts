import { OverlayDocuments } from '../../hosts/overlayDocuments.ts';
import type { CommandContext } from '../runCommand.ts';
import type { ClusterCommand } from './clusterArguments.ts';
import { printTable } from './guestsCommand.ts';
import { appDocuments, openEngine } from './openCluster.ts';

/** The app's list, without asking any of them. */
export async function runClusters(
  command: ClusterCommand,
  { stack, end }: CommandContext,
  print: (line: string) => void,
): Promise<void> {
  const engine = await openEngine(stack, new OverlayDocuments(appDocuments(command.where)));
  const clusters = engine.clusters();
  if (command.isJson)
    print(JSON.stringify(clusters.map(({ id, name, address, user }) => ({ id, name, address, user }))));
  else if (clusters.length === 0) print("The app's list is empty. Add a cluster with 'sluice login'.");
  else {
    printTable(
      print,
      clusters.map(({ name, address, user = '' }) => [name, address, user]),
    );
  }
  end();
}
