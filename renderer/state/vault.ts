import { create } from 'zustand';

import type { VaultState } from '../../shared/model/vault.ts';

/** Where the engine keeps sign-ins. Until it has told, nothing is promised. */
export const useVault = create<VaultState>()(() => ({ keeps: 'memory', canBeUnprotected: false }));
