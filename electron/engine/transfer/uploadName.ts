import { AppError } from '../../../shared/base/errors.ts';
import type { UploadContent } from '../../../shared/model/transfer.ts';

/** What the server takes by its ending (PVE wire facts 7.1, no. 12): refused only after all of it was sent. */
const endings: Readonly<Record<UploadContent, RegExp>> = {
  iso: /\.(?:iso|img)$/i,
  vztmpl: /\.tar(?:\.(?:gz|xz|zst|bz2))?$/,
  import: /^[A-Za-z0-9.+=_-]+\.(?:ova|qcow2|raw|vmdk)$/,
};
const words: Readonly<Record<UploadContent, string>> = {
  iso: '.iso or .img',
  vztmpl: '.tar, .tar.gz, .tar.xz, .tar.zst or .tar.bz2',
  import: '.ova, .qcow2, .raw or .vmdk',
};
const MOST_LETTERS = 255;

/** As the server would change it by itself: no path, and nothing but letters, digits, dot, dash and underscore. */
export function uploadName(text: string): string {
  return text.replace(/^.*[/\\]/s, '').replace(/[^A-Za-z0-9_.-]/gu, '_');
}

export function contentOf(filename: string): UploadContent | undefined {
  return (['iso', 'vztmpl', 'import'] as const).find((content) => endings[content].test(filename));
}

/** Throws `invalid` with what to do about it. */
export function checkUploadName(filename: string, content: UploadContent): void {
  if (filename === '' || filename.length > MOST_LETTERS || /^\.+$/.test(filename)) {
    throw new AppError('invalid', 'The file has no name that the server takes. Give it another one.');
  }
  if (!endings[content].test(filename)) {
    throw new AppError('invalid', `“${filename}” has an ending that the server refuses. It takes ${words[content]}.`);
  }
}
