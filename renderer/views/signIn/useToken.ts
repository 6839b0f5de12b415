import { type RefObject, useRef, useState } from 'react';

import { isTokenId, splitToken, tokenSecret } from '../../../shared/model/apiToken.ts';

export interface Token {
  readonly id: string;
  readonly secret: string;
  readonly isIdRight: boolean;
  readonly isComplete: boolean;
  readonly secretField: RefObject<HTMLInputElement | null>;
  /** Takes ID and secret apart where both were pasted together. */
  setId(id: string): void;
  setSecret(secret: string): void;
}

/** The two fields of an API token. */
export function useToken(firstId: string): Token {
  const [id, setId] = useState(firstId);
  const [secret, setSecret] = useState('');
  const secretField = useRef<HTMLInputElement>(null);
  const isIdRight = isTokenId(id.trim());
  return {
    ...{ id, secret, isIdRight, secretField },
    isComplete: isIdRight && tokenSecret.safeParse(secret.trim()).success,
    setId: (text) => {
      const both = splitToken(text);
      setId(both?.id ?? text);
      if (both) setSecret(both.secret);
    },
    setSecret: (text) => {
      const both = splitToken(text);
      setSecret(both?.secret ?? text);
      if (both) setId(both.id);
    },
  };
}
