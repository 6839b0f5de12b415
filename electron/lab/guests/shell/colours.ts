import type { Program } from './program.ts';

/** Shows what the terminal can: attributes, 16, 256 and 24-bit colours. */
export const colours: Program = async (io) => {
  await io.print(
    '\x1b[1mbold\x1b[0m  \x1b[2mfaint\x1b[0m  \x1b[3mitalic\x1b[0m  \x1b[4munderlined\x1b[0m  \x1b[7mreverse\x1b[0m  \x1b[9mstruck\x1b[0m  \x1b[4:3mcurly\x1b[0m\n\n',
  );
  for (const base of [40, 100]) await io.print(`${blocks(8, (i) => `\x1b[${base + i}m    `)}\n`);
  await io.print('\n');
  for (let row = 0; row < 6; row++) await io.print(`${blocks(36, (i) => `\x1b[48;5;${16 + row * 36 + i}m  `)}\n`);
  await io.print(`${blocks(24, (i) => `\x1b[48;5;${232 + i}m   `)}\n\n`);
  const wide = Math.min(io.cols - 1, 72);
  for (const shade of [255, 170]) await io.print(`${blocks(wide, (i) => rainbow((i / wide) * 6, shade))}\n`);
};

function blocks(count: number, block: (i: number) => string): string {
  return `${Array.from({ length: count }, (_, i) => block(i)).join('')}\x1b[0m`;
}

/** One cell of hue 0..6. */
function rainbow(hue: number, shade: number): string {
  const channel = (offset: number) => {
    const at = Math.abs(((hue + offset) % 6) - 3);
    return Math.round(Math.max(0, Math.min(1, at - 1)) * shade);
  };
  return `\x1b[48;2;${channel(0)};${channel(4)};${channel(2)}m `;
}
