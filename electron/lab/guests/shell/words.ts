/** Splits a line into commands at `;` and those into words; quotes and backslashes as in sh, nothing expanded. */
export function splitCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  let quote = '';
  const endWord = () => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (let i = 0; i < line.length; i++) {
    const character = line[i] as string;
    if (quote && character === quote) quote = '';
    else if (quote) word = (word ?? '') + character;
    else if (character === "'" || character === '"') {
      quote = character;
      word ??= '';
    } else if (character === '\\' && i + 1 < line.length) word = (word ?? '') + line[++i];
    else if (character === ';') {
      endWord();
      commands.push([]);
    } else if (/\s/.test(character)) endWord();
    else word = (word ?? '') + character;
  }
  endWord();
  return commands.filter((words) => words.length > 0);
}
