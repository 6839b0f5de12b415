// A lab in a process of its own, for what is measured or killed: `node test/support/labProcess.ts [QUIRKS-JSON]`.
// Prints one line of JSON when it listens, and ends when its standard input does.
import { startLab } from '../../electron/lab/lab.ts';
import type { LabQuirks } from '../../electron/lab/quirks.ts';

const quirks = JSON.parse(process.argv[2] ?? '{}') as Partial<LabQuirks>;
const lab = await startLab({ life: false, qemu: false, quirks: { authDelayMs: 0, ...quirks } });
const { address, baseUrl, fingerprint, apiToken, username, password } = lab;
process.stdout.write(`${JSON.stringify({ address, baseUrl, fingerprint, apiToken, username, password })}\n`);
process.stdin.resume();
process.stdin.on('end', () => void lab.close().then(() => process.exit(0)));
