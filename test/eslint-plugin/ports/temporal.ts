import type { PortedCase } from "./ported-case.ts";
export const cases: readonly PortedCase[] = [];
