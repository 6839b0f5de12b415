import { create } from 'zustand';

import type { Gateway } from '../../shared/model/gateway.ts';

/** The open doors to clusters' APIs. */
export const useGateways = create<{ readonly list: readonly Gateway[] }>()(() => ({ list: [] }));
