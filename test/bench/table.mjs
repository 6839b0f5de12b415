// Medians of the rounds, and how they are shown.

export function median(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  return sorted.length === 0 ? undefined : sorted[sorted.length >> 1];
}

/** One row a rival. `*Ratio`: median over the rounds of its rate by the direct connection's in the same round. */
export function summarize(results) {
  const direct = results.get('direct');
  return [...results].map(([name, { group, down, up, ping, idleKiB, stalled }]) => {
    const ratio = (runs, base) => median(runs.map((run, round) => run.rate / base[round].rate));
    return {
      name,
      group,
      downGBs: median(down.map((run) => run.rate)),
      downRatio: ratio(down, direct.down),
      downCpu: name === 'direct' ? undefined : median(down.map((run) => run.cpu)),
      upGBs: median(up.map((run) => run.rate)),
      upRatio: ratio(up, direct.up),
      upCpu: name === 'direct' ? undefined : median(up.map((run) => run.cpu)),
      p50Us: median(ping.map((run) => run.p50)),
      p99Us: median(ping.map((run) => run.p99)),
      idleKiB,
      stalledTakenMiB: stalled?.takenMiB,
      stalledGrownMiB: stalled?.grownMiB,
    };
  });
}

const columns = [
  ['down GB/s', 'downGBs', 2],
  ['of direct', 'downRatio', 2],
  ['CPU s/GB', 'downCpu', 2],
  ['up GB/s', 'upGBs', 2],
  ['of direct', 'upRatio', 2],
  ['CPU s/GB', 'upCpu', 2],
  ['p50 us', 'p50Us', 0],
  ['p99 us', 'p99Us', 0],
  ['idle KiB', 'idleKiB', 1],
  ['stall MiB', 'stalledTakenMiB', 1],
  ['grew MiB', 'stalledGrownMiB', 1],
];

export function printTable(rows) {
  console.log(`${''.padEnd(20)}${columns.map(([title]) => title.padStart(10)).join('')}`);
  for (const row of rows) {
    const cells = columns.map(([, key, digits]) =>
      (row[key] === undefined ? '-' : row[key].toFixed(digits)).padStart(10),
    );
    console.log(`${row.name.padEnd(20)}${cells.join('')}`);
  }
}
