// @ts-check
// What pages do beyond what their markup does.

import { refreshTimes, rememberZone } from "./times.js";
import { askFirst, listenToKeys } from "./keys.js";
import { offerCopies } from "./copy.js";
import { keepJob, keepList } from "./live.js";
import { followLog } from "./log.js";
import { ringBell } from "./bell.js";
import { keepParts } from "./keep.js";
import { moveGraphs } from "./graph.js";
import { offerRows } from "./choose.js";
import { keepPreview } from "./preview.js";

listenToKeys();
askFirst();
offerCopies();
keepParts();
moveGraphs();
offerRows();
keepPreview();
void rememberZone();
ringBell();
setInterval(refreshTimes, 1000);

const isList = document.querySelector(".counts [data-state]") !== null;
const hasLaterPage = document.querySelector("table.jobs:not([data-live])") !== null;
if (isList && !hasLaterPage) keepList();

const job = document.querySelector("[data-job]");
if (job instanceof HTMLElement && job.dataset.job && !("ended" in job.dataset)) keepJob(job.dataset.job);

const follow = document.querySelector("#follow");
if (follow instanceof HTMLInputElement) followLog(follow);

const written = document.querySelector("[data-console]");
if (written instanceof HTMLElement) void import("./console.js").then(({ showConsole }) => showConsole(written));
