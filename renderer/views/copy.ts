import { notify } from '../state/toasts.ts';
import { copyText } from '../widgets/copyText.ts';

/** Puts text on the clipboard and says so. */
export async function copy(text: string, what: string): Promise<void> {
  if (await copyText(text)) notify({ kind: 'done', text: `Copied the ${what}.` });
  else notify({ kind: 'failed', text: `The ${what} was not copied: this window may not use the clipboard.` });
}
