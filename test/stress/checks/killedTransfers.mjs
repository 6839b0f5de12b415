// An engine killed with -9 in the middle of uploads and downloads, 50 times at random moments.
import { killTransfers } from '../../support/killedTransfers.ts';

const RUNS = 50;

export const killedTransfers = {
  name: 'transfers of a killed engine',
  async run(report) {
    const problems = [];
    const states = new Map();
    await killTransfers(RUNS, Math.random, (run) => {
      problems.push(...run.problems);
      for (const state of run.before) states.set(state, (states.get(state) ?? 0) + 1);
    });
    const seen = [...states].map(([state, count]) => `${count} ${state}`).join(', ');
    report.note(`killed while transfers were ${seen}`);
    for (const problem of problems.slice(0, 5)) report.note(problem);
    report.figure('claims that were not so, parts left behind, transfers forgotten', problems.length, { most: 0 });
  },
};
