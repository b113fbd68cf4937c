import s from "./standard-episode.mjs";
import { simulate } from "@dacapo/simulator";
await simulate(s,{runs:100,seed:"w"});
const c0=process.cpuUsage(); const t0=performance.now();
const r = await simulate(s,{runs:400,seed:"b1"});
const c=process.cpuUsage(c0); const cpu=(c.user+c.system)/1e6;
console.log(r.outcome, "cpu-s", cpu.toFixed(2), "runs/cpu-s", (400/cpu).toFixed(0), "steps/cpu-s", (r.coverage.steps/cpu).toFixed(0), "wall", ((performance.now()-t0)/1000).toFixed(1));
