/**
 * Text as a terminal may be given it: lines end with CR as the Enter key does, and control characters other than Tab
 * are gone. Without that a pasted ESC [ 201 ~ would end the bracketed paste and the rest would run as typed.
 */
export function cleanPaste(text: string): string {
  return text.replace(/\r?\n/g, '\r').replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '');
}
