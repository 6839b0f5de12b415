import { create } from 'zustand';

import type { MigrationQueue } from '../../shared/model/migration.ts';

/** Migrations that wait for their turn, and what became of the others. */
export const useMigrations = create<MigrationQueue>()(() => ({ limit: 1, items: [] }));
