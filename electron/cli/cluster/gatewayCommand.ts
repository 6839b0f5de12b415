import type { CommandContext } from '../runCommand.ts';
import type { ClusterCommand } from './clusterArguments.ts';
import { openCluster } from './openCluster.ts';
import type { Prompt } from './secret.ts';

type GatewayCommand = Extract<ClusterCommand, { verb: 'gateway' }>;

/** Opens the door and says where it is; it closes when the command is told to end. */
export async function runGateway(
  command: GatewayCommand,
  { stack, signal }: CommandContext,
  print: (line: string) => void,
  prompt: Prompt | undefined,
): Promise<void> {
  const { page, clusterId } = await openCluster(stack, command.where, prompt);
  const { allowsWrites, port, isJson } = command;
  const { url, token } = await page.call('gateway.open', { clusterId, allowsWrites, port });
  page.close(); // the engine keeps the door; without a page it asks the cluster for hardly anything of its own
  if (signal.aborted) return;
  if (isJson) return print(JSON.stringify({ event: 'listening', url, token }));
  print(`The cluster's API is at ${url}/api2/${allowsWrites ? '' : ', to read from'}. Ctrl-C ends it.`);
  print(`  curl -H 'Authorization: Bearer ${token}' ${url}/api2/json/version`);
}
