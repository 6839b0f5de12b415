/** `CN=R3,O=Let's Encrypt` or one field a line: the part people know. */
export function issuerName(issuer: string): string {
  const field = (name: string) => new RegExp(`(?:^|[,\\n/])\\s*${name}=([^,\\n/]+)`).exec(issuer)?.[1]?.trim();
  return field('O') ?? field('CN') ?? issuer;
}
