import type { CommandContext } from '../runCommand.ts';
import type { ClusterCommand } from './clusterArguments.ts';
import { openCluster } from './openCluster.ts';
import type { Prompt } from './secret.ts';
import { staySignedIn } from './staySignedIn.ts';

type GatewayCommand = Extract<ClusterCommand, { verb: 'gateway' }>;

/** Opens the door and says where it is; it closes when the command is told to end. */
export async function runGateway(
  command: GatewayCommand,
  { stack, signal }: CommandContext,
  print: (line: string) => void,
  prompt: Prompt | undefined,
  warn: (line: string) => void,
): Promise<void> {
  const cluster = await openCluster(stack, command.where, prompt);
  const { page, clusterId } = cluster;
  const { allowsWrites, port, isJson } = command;
  const { url, token } = await page.call('gateway.open', { clusterId, allowsWrites, port });
  await page.call('app.watch', { isWatching: false }); // the cluster is asked for hardly anything but what clients ask
  const stay = staySignedIn(cluster, warn);
  stack.add('sign-in', () => stay.dispose());
  if (signal.aborted) return;
  if (isJson) return print(JSON.stringify({ event: 'listening', url, token }));
  print(`The cluster's API is at ${url}/api2/${allowsWrites ? '' : ', to read from'}. Ctrl-C ends it.`);
  print(`  curl -H 'Authorization: Bearer ${token}' ${url}/api2/json/version`);
}
