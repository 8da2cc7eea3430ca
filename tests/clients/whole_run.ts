/**
 * A whole labelling and a whole dispatch, by types that were generated from the documents.
 * Prints what came out, as JSON.
 */

import createClient from "openapi-fetch";

import type { paths as Compat } from "./compat.js";
import type { paths as Dispatch } from "./dispatch.js";
import type { paths as V1 } from "./v1.js";

declare const process: { argv: string[] };

const PATIENCE_MS = 60_000;
const SERVICE = "search_user";
const RULES = { female: [["美玲", "partially"]], male: [["志明", "partially"]] };
const RANGE = { start_time: "2020-01-01", end_time: "2021-01-01" };

const baseUrl = process.argv[2];
const v1 = createClient<V1>({ baseUrl });
const compat = createClient<Compat>({ baseUrl });
const dispatch = createClient<Dispatch>({ baseUrl });

/** The first value that is there. */
async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
        const found = await look();
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`waited for ${what}`);
}

/** What a call answered that was done. */
function done<T>(answer: { data?: T; error?: unknown }): T {
    if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
    return answer.data;
}

async function label() {
    const submitted = await v1.POST("/v1/jobs", {
        body: { labelling: { rules: RULES, ...RANGE } },
    });
    const path = { job_id: done(submitted).id };
    const job = await waitFor("the end of the job", async () => {
        const now = done(await v1.GET("/v1/jobs/{job_id}", { params: { path } }));
        return now.state === "queued" || now.state === "running" ? undefined : now;
    });
    const figures = job.figures;
    const groups = figures && "groups" in figures ? figures.groups : [];
    const sample = await v1.GET("/v1/jobs/{job_id}/sample", { params: { path } });
    const result = await v1.GET("/v1/jobs/{job_id}/result", {
        params: { path, query: { format: "jsonl" } },
        parseAs: "text",
    });
    const rows = (done(result) as unknown as string).trim().split("\n");
    const panels = rows.map((row) => (JSON.parse(row) as { panel: string }).panel);
    return {
        state: job.state,
        published: groups.reduce((sum, group) => sum + group.rows_published, 0),
        rows: rows.length,
        panels: [...new Set(panels)].sort(),
        sample: done(sample).rows.length > 0,
    };
}

async function labelAsBefore() {
    const created = done(
        await compat.POST("/api/tasks/", { body: { pattern: RULES, ...RANGE } }),
    );
    const understood = created.error_message;
    if (typeof understood === "string") throw new Error(understood);
    const path = { task_id: understood.task_id };
    const task = await waitFor("the end of the task", async () => {
        const now = done(await compat.GET("/api/tasks/{task_id}", { params: { path } }));
        if (!("status" in now)) throw new Error(now.error_message);
        return now.status === "PENDING" || now.status === "STARTED" ? undefined : now;
    });
    const sample = await compat.GET("/api/tasks/{task_id}/sample/", { params: { path } });
    return {
        status: task.status,
        sample: done(sample).error_message.length > 0,
    };
}

async function dispatchOne() {
    const created = done(
        await dispatch.POST("/api/create_task", {
            body: { data: { service: SERVICE, condition: { keyword: "coffee" } } },
        }),
    );
    const params = { path: { service: SERVICE } };
    const leased = await v1.POST("/v1/dispatch/{service}/lease", {
        params,
        body: { max: 1, wait_s: 30 },
    });
    const [task] = done(leased).tasks;
    if (task === undefined) throw new Error("no task was leased");
    const { task_id, lease } = task;
    const held = await v1.POST("/v1/dispatch/{service}/heartbeat", {
        params,
        body: { task_id, lease, progress: 0.5 },
    });
    const ended = await v1.POST("/v1/dispatch/{service}/complete", {
        params,
        body: { task_id, lease, status: "finished", result: { users: 12 } },
    });
    done(ended);
    const result = await dispatch.POST("/api/result_task", {
        body: { data: { task_id: created.task_id, wait_s: 30 } },
    });
    return {
        leased: task_id === created.task_id,
        held: done(held).status,
        result: done(result).data,
    };
}

console.log(
    JSON.stringify({
        v1: await label(),
        compat: await labelAsBefore(),
        dispatch: await dispatchOne(),
    }),
);
