import type { MigrateOptions } from '../../../shared/model/migration.ts';
import { formatBytes, formatRate } from '../../state/format.ts';

const manners: Record<MigrateOptions['manner'], (name: string, node: string, target: string) => string> = {
  live: (name, node, target) =>
    `${name} moves from ${node} to ${target} while it runs. It stands still for a moment at the end.`,
  restart: (name, node, target) => `${name} is shut down on ${node}, moved to ${target} and started there again.`,
  offline: (name, node, target) => `${name} is off and stays off; it is moved from ${node} to ${target}.`,
};

/** What a migration will do, in sentences, in the order it does it. */
export function migrateSteps(
  name: string,
  target: string,
  options: MigrateOptions,
  map: Readonly<Record<string, string>>,
  limitKibPerSecond: number | undefined,
): string[] {
  const { node, manner, localDisks, localResources, mappedResources, isRunning } = options;
  const steps = [manners[manner](name, node, target)];
  for (const disk of localDisks) {
    const size = disk.sizeBytes === undefined ? '' : `, ${formatBytes(disk.sizeBytes)},`;
    const to = map[disk.storage] ?? disk.storage;
    steps.push(`Its disk ${disk.drive ?? disk.volume}${size} is copied from ${disk.storage} to ${to} on ${target}.`);
  }
  if (localDisks.length > 0) {
    steps.push(`The disks on ${node} are removed once all of it is on ${target}.`);
  } else if (options.type === 'qemu') {
    steps.push('Its disks lie on shared storage and stay where they are.');
  }
  if (mappedResources.length > 0) steps.push(`${mappedResources.join(', ')} become the devices mapped on ${target}.`);
  if (!isRunning && localResources.length > 0) steps.push(`${localResources.join(', ')} do not come along.`);
  if (limitKibPerSecond !== undefined) steps.push(`No more than ${formatRate(limitKibPerSecond * 1024)} is used.`);
  if (manner === 'live') steps.push(`Should it fail or be stopped, ${name} goes on running on ${node}.`);
  return steps;
}
