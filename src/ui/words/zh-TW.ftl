## Frame

skip = 跳到內容
nav-pages = 頁面
nav-jobs = 工作
nav-docs = API
find = 尋找
find-job = 以編號、名稱、參數或錯誤尋找工作
menu-look = 語言與外觀
language = 語言
theme-light = 淺色
theme-dark = 深色
theme-system = 依系統設定
signed-in-as = 登入身分：{ $name }
sign-out = 登出
role-viewer = 檢視者
role-operator = 操作者
role-admin = 管理者
live = 即時
live-lost = 重新連線中
zone = 時區
zone-set = 變更
as-data = 此頁的資料
copy = 複製
keys = 快速鍵
close = 關閉
remove = 移除
path = 路徑
key-find = 尋找工作
key-rows = 下一列與上一列
key-pick = 選取此列
key-open = 開啟
key-rerun = 再次執行
key-follow = 追蹤日誌
key-close = 關閉
key-list = 本清單

## Units and times

unit-s = 秒
unit-min = 分
unit-h = 小時
unit-d = 天
ago-now = 剛剛
ago-s = { $n } 秒前
ago-min = { $n } 分鐘前
ago-h = { $n } 小時前
ago-d = { $n } 天前
unit-rows = { $count } 筆
time-left = 剩約 { $time }
usually = 通常 { $time }
per-second = { $n }/秒

## States

state-running = 執行中
state-parked = 等待中
state-queued = 排隊中
state-blocked = 受阻
state-succeeded = 成功
state-failed = 失敗
state-cancelled = 已取消
state-skipped = 略過
state-pending = 未開始
state-completed = 完成
state-outage = 服務中斷
state-stopped = 已停止
state-crashed = 當機
state-complete = 完成
state-missing = 缺少
state-stored = 已儲存
state-started = 已啟動
state-ignored = 無須啟動

## Signing in

sign-in = 登入
sign-in-token = 權杖
sign-in-help = 管理者以此指令建立：
sign-in-note = 登入後維持 12 小時，瀏覽器不保存權杖。
sign-in-unknown = 此權杖不存在或已過期。
sign-in-too-many = 登入失敗次數過多，請在 { $count } 秒後再試。

## Errors

error-not-found = 這裡沒有內容
error-forbidden = 需要其他角色
error-conflict = 目前無法執行
error-busy = 伺服器忙碌中，稍後再試
error-internal = 伺服器發生錯誤
error-refused = 已拒絕此要求
error-to-jobs = 回到工作清單

## The list of jobs

jobs-by-state = 依狀態的工作
jobs-all = 全部
jobs-filter = 篩選工作
jobs-text = 編號、名稱、參數或錯誤
jobs-system = 系統
jobs-every-system = 所有系統
jobs-from = 從
jobs-to = 早於
jobs-apply = 套用
jobs-caption = 工作，由新到舊
jobs-none = 尚無工作
jobs-none-note = 以下每行指令都能啟動一個工作。
jobs-none-examples = 以下範例使用內附資料，各不到一秒。
jobs-none-match = 沒有符合條件的工作
jobs-show-all = 顯示所有工作
jobs-new = { $n } 個新工作
jobs-shown = { $count } 個工作
jobs-newest = 最新
jobs-older = 較舊
views = 已存的檢視
views-none = 尚未儲存檢視。
view-how = 先篩選清單，再於此以名稱儲存。
view-save = 將目前的篩選存為
view-name = 名稱
view-remove = 移除檢視 { $name }
save = 儲存
chip-flow = 系統：{ $value }
chip-queue = 佇列：{ $value }
chip-started-by = 啟動者：{ $value }
chip-q = 包含「{ $value }」
chip-from = 從 { $value }
chip-to = 早於 { $value }
queue = 佇列
started-by = 啟動者
col-state = 狀態
col-what = 內容
col-progress = 進度或原因
col-took = 耗時
col-created = 建立
col-started = 開始
col-cause = 原因
col-step = 步驟
col-batches = 批次
col-batch = 批次
col-attempt = 次數
col-rows = 筆數
col-speed = 速度

## A job

created = 建立於
ended = 結束於
trace = 追蹤碼
progress = 進度
steps = 步驟
attempts = 執行紀錄
request = 要求
request-json = JSON 格式
needs-operator = 操作需要操作者角色。
action-cancel = 取消
action-cancel-ask = 取消此工作？已儲存的保留，不會發布。
action-resume = 繼續
action-rerun = 再次執行
action-rerun-ask = 從頭再次執行此工作？
action-again = 修改後執行
why-failed = 失敗
why-failed-help = 排除原因後按「繼續」，工作會從檢查點接續；「再次執行」會從頭開始。
why-cancelled = 已取消
why-cancelled-help = 按「繼續」可從中斷處接續。
why-skipped = 略過：所需的工作未成功
why-waiting = 執行中，但正在等待
why-parked = 等待中
why-queued = 排隊中：有空位時開始
why-blocked = 受阻：等待其他工作
why-cancelling = 停止中：已要求取消

## The time of a job

timeline = 時間軸
timeline-job = 工作
timeline-job-lane = 標記：{ $marks }，等待：{ $waits }
timeline-step-lane = 嘗試：{ $attempts }，失敗：{ $failed }
timeline-attempt = 批次 { $batch }，第 { $no } 次：{ $state }，{ $time }
timeline-part = { $time } 後：處理中 { $n }，完成 { $completed }，失敗 { $failed }，中斷 { $interrupted }
timeline-waited = 等待 { $time }
timeline-parked = 擱置 { $time }
timeline-happened = 發生的事
timeline-table = 以表格顯示
timeline-at-once = 同時最多
timeline-sampled = 每 { $n } 個批次畫一個。
mark-restarted = 重新啟動：其 actor 已中止
mark-rescued = 救回：原行程已失去它
mark-crashed = 當機：使行程中止
mark-adopted = 由另一行程接續
mark-quarantined = 放棄一個批次
mark-retried = 失敗，自動重新開始
mark-resumed = 已繼續
mark-rerun = 再次執行
mark-cancel-requested = 已要求取消
timeline-earlier = 更早的 { $count } 項

## Starting a job

new = 新增
new-start = 開始
new-check = 僅檢查
new-more = 更多
new-from = 取自
new-would = 將會執行的內容
new-shell = 以命令列執行
new-address = 檢查後，本頁網址會帶有這些值，可以分享。
new-required = 此欄必填
new-usual = 依設定：{ $value }
new-left-out = 依伺服器設定
new-not-offered = { $field }：該工作的「{ $value }」無法在此選擇。若不另選，將使用伺服器的設定。
new-examples = 內附資料的範例
new-field-queue = 佇列
new-field-queue-help = 同一佇列的工作共用同時執行數的上限。

## Published rows

rows = 已發布的資料
rows-of = { $name } 已發布的資料
rows-all-groups = 所有群組
rows-by-group = 各群組筆數
rows-filter = 篩選資料
rows-text = 作者或內文
rows-panel = 標籤
rows-every-panel = 所有標籤
rows-author = 作者
rows-matched = 內文與符合處
rows-rule = 規則
rows-posted = 發文時間
rows-download = 下載
rows-first = 最前面
rows-next = 更多資料
rows-none = 沒有符合的資料
rows-none-yet = 目前沒有符合的資料，後面還有資料未查
rows-chip-panel = 標籤：{ $value }
rows-chip-rule = 規則：{ $value }

## Logs

log = 日誌
log-whole = 完整日誌
log-of = { $name } 的日誌
log-lines = { $n } 行
log-found = 找到 { $n } 行
log-errors = 第一個錯誤
log-search = 搜尋此日誌
log-level = 等級
log-every-level = 所有等級
log-warnings = 警告與錯誤
log-only-errors = 錯誤
log-follow = 追蹤
log-earlier = 較早
log-later = 較晚
log-end = 到最後
log-none-yet = 尚無內容：此工作還沒有日誌。
log-none = 沒有日誌，或已過保留期限。
log-none-match = 沒有符合的行。
log-console = 指令的輸出

## Who did what

nav-audit = 稽核
audit-filter = 篩選稽核
audit-who = 誰
audit-operation = 操作
audit-what = 對象
audit-result = 結果
audit-every-result = 所有結果
audit-done = 已完成
audit-refused = 已拒絕
audit-failed = 失敗
audit-from = 從
audit-to = 之前
audit-at = 時間
audit-address = 位址
audit-none = 沒有符合的呼叫
audit-show-all = 顯示全部

## The process

nav-runtime = 執行環境
runtime-process = 程序
runtime-version = 版本
runtime-up = 已執行
runtime-memory = 記憶體
runtime-memory-peak = 記憶體峰值
runtime-cpu = 處理器時間
runtime-actors = 執行者
runtime-tree = 執行者的樹
runtime-actor = 執行者
runtime-since = 自
runtime-restarts = 重新啟動
runtime-mailbox = 信箱
runtime-slice = 切片
runtime-failure = 上次失敗
runtime-idle = 閒置
runtime-working = 工作中
runtime-queues = 佇列
runtime-no-queues = 沒有佇列有未完成的工作或上限。
runtime-at-once = 此處同時執行的工作
runtime-limit = 上限
runtime-oldest = 最早等待自
runtime-held-by = 占用者
runtime-processes = 共用此儲存的程序
runtime-leases = 持有的工作
runtime-this-one = 本程序
runtime-lease-ends = 租約到期
runtime-database = 資料庫
runtime-engine = 引擎
runtime-size = 大小
runtime-connections = 使用中的連線
runtime-answers = 回應時間
runtime-ms = { $n } 毫秒
runtime-disk = 磁碟
runtime-free = 可用
runtime-total = 總計
runtime-used = 已用

## What is set

nav-settings = 設定
settings-find = 尋找設定
settings-none = 沒有符合的設定
settings-key = 鍵
settings-value = 值
settings-place = 來源
settings-built-in = 內建
settings-licence = 授權
settings-licences = 各部分的授權
settings-part = 部分
settings-no-parts = 建置此程式時無法得知其組成部分。
settings-log-level = 記錄的內容
settings-log-level-now = 此行程的等級
settings-log-level-help = 等級，或依模組的篩選，例如 info,audience::engine::runtime=debug。效期到行程結束；要長期有效請設定 log.level。
settings-log-level-set = 設定
settings-parts = { $count } 個部分

## One action on many jobs

pick = 已選
pick-all = 選取本頁所有工作
pick-job = 選取 { $name }
pick-form = 選取的工作
pick-every = 符合目前篩選的所有工作（所有頁）
pick-rerun = 再次執行…
pick-cancel = 取消…
bulk-name = 批次操作
bulk-ask-cancel = 取消 { $count } 個工作？
bulk-ask-rerun = 再次執行 { $count } 個工作？
bulk-matched = 已選取 { $count } 個工作。
bulk-not = 不會處理這些工作
bulk-reason = 原因
bulk-example = 範例
bulk-show = 查看一個
bulk-note = 它以獨立的工作執行，其頁面顯示進度；無法處理的會在那裡計數。
bulk-none = 沒有可做的事。
bulk-do-cancel = 取消這些工作
bulk-do-rerun = 再次執行這些工作
bulk-back = 返回清單
bulk-done = 已處理 { $count } 個工作
bulk-action = 操作
bulk-jobs = 工作數
