// For `electron -r dist/early.cjs .`: a launcher that loads an ES module for the app may be ready before it has run.
import { beforeReady } from './beforeReady.ts';

beforeReady();
