// The same cases in every `npm test`, so that a change is judged by what it changed. SLUICE_FUZZ_SEED=N (or any number
// at hand, such as the time) looks for new ones.
import fc from 'fast-check';

const DEFAULT_SEED = 20_261_121;

fc.configureGlobal({ seed: Number(process.env.SLUICE_FUZZ_SEED ?? DEFAULT_SEED) });
