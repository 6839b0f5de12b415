import type { CommandContext } from '../runCommand.ts';
import type { ClusterCommand } from './clusterArguments.ts';
import { openCluster } from './openCluster.ts';
import type { Prompt } from './secret.ts';

export async function runGuests(
  command: ClusterCommand,
  { stack, end }: CommandContext,
  print: (line: string) => void,
  prompt: Prompt | undefined,
): Promise<void> {
  const cluster = await openCluster(stack, command.where, prompt);
  const guests = await cluster.guests();
  if (command.isJson) {
    const rows = guests.map(({ id, vmid, type, name, node, state, tags }) => ({
      id,
      vmid,
      type,
      name,
      node,
      state,
      tags,
    }));
    print(JSON.stringify(rows));
  } else {
    printTable(
      print,
      guests.map(({ vmid, type, state, node, name }) => [String(vmid), type, state, node, name]),
    );
  }
  end();
}

/** Columns as wide as their longest word, two spaces between. */
export function printTable(print: (line: string) => void, rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows) {
    print(
      row
        .map((word, column) => word.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}
