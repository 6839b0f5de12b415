/** Stands where a secret was. */
export const HIDDEN = '[hidden]';

/** Secrets by their own shape, wherever they stand. */
const secretShapes: readonly RegExp[] = [
  /\b(PVE|PVEVNC|PBS|PDM|PVEFILES)(:|%3A)[^\s"',;&]+/gi, // tickets, encoded or not
  /\b(PVE|PBS|PDM)AuthCookie=[^\s"',;&]+/gi,
  /\b(PVE|PBS|PDM)APIToken[= ][^\s"',;&]+/gi,
  /\b(password|passwd|vncticket|otp|tfa-challenge|CSRFPreventionToken)\s*[=:]\s*[^\s"',;&]+/gi,
  /\b[0-9A-F]{8}:[A-Za-z0-9+/]{20,}={0,2}/g, // CSRF tokens
  /\/login\/[A-Za-z0-9_-]{16,}/g, // one-time URLs
  /[?&](code|state|session_state|id_token)=[^\s"'&]+/g, // of an OpenID provider's answer
];

/** Text without what looks like a secret. */
export function redactText(text: string): string {
  return secretShapes.reduce((clean, shape) => clean.replace(shape, HIDDEN), text);
}
