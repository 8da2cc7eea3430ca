## Frame

skip = 跳到内容
nav-pages = 页面
nav-jobs = 作业
nav-docs = API
find = 查找
find-job = 按编号、名称、参数或错误查找作业
menu-look = 语言与外观
language = 语言
theme-light = 浅色
theme-dark = 深色
theme-system = 跟随系统
signed-in-as = 登录身份：{ $name }
sign-out = 退出
role-viewer = 查看者
role-operator = 操作者
role-admin = 管理员
live = 实时
live-lost = 重新连接中
zone = 时区
zone-set = 更改
as-data = 此页的数据
copy = 复制
keys = 快捷键
close = 关闭
remove = 移除
path = 路径
key-find = 查找作业
key-rows = 下一行与上一行
key-pick = 选择此行
key-open = 打开
key-rerun = 再次运行
key-follow = 跟踪日志
key-close = 关闭
key-list = 本列表

## Units and times

unit-s = 秒
unit-min = 分
unit-h = 小时
unit-d = 天
ago-now = 刚刚
ago-s = { $n } 秒前
ago-min = { $n } 分钟前
ago-h = { $n } 小时前
ago-d = { $n } 天前
unit-rows = { $count } 行
time-left = 剩约 { $time }
usually = 通常 { $time }
per-second = { $n }/秒

## States

state-running = 运行中
state-parked = 等待中
state-queued = 排队中
state-blocked = 受阻
state-succeeded = 成功
state-failed = 失败
state-cancelled = 已取消
state-skipped = 已跳过
state-pending = 未开始
state-completed = 完成
state-outage = 服务中断
state-stopped = 已停止
state-crashed = 崩溃
state-complete = 完成
state-missing = 缺失
state-stored = 已存储
state-started = 已启动
state-ignored = 无须启动

## Signing in

sign-in = 登录
sign-in-token = 令牌
sign-in-help = 管理员用此命令创建：
sign-in-note = 登录后保持 12 小时，浏览器不保存令牌。
sign-in-unknown = 此令牌不存在或已过期。
sign-in-too-many = 登录失败次数过多，请在 { $count } 秒后再试。

## Errors

error-not-found = 这里没有内容
error-forbidden = 需要其他角色
error-conflict = 现在无法执行
error-busy = 服务器忙，稍后再试
error-internal = 服务器出错
error-refused = 请求被拒绝
error-to-jobs = 回到作业列表

## The list of jobs

jobs-by-state = 按状态的作业
jobs-all = 全部
jobs-filter = 筛选作业
jobs-text = 编号、名称、参数或错误
jobs-system = 系统
jobs-every-system = 所有系统
jobs-from = 从
jobs-to = 早于
jobs-apply = 应用
jobs-caption = 作业，从新到旧
jobs-none = 暂无作业
jobs-none-note = 以下每行命令都能启动一个作业。
jobs-none-examples = 以下示例使用自带数据，各不到一秒。
jobs-none-match = 没有符合条件的作业
jobs-show-all = 显示所有作业
jobs-new = { $n } 个新作业
jobs-shown = { $count } 个作业
jobs-newest = 最新
jobs-older = 较旧
views = 已存视图
views-none = 尚未保存视图。
view-how = 先筛选列表，再在此以名称保存。
view-save = 将当前筛选保存为
view-name = 名称
view-remove = 移除视图 { $name }
save = 保存
chip-flow = 系统：{ $value }
chip-queue = 队列：{ $value }
chip-started-by = 启动者：{ $value }
chip-q = 包含“{ $value }”
chip-from = 从 { $value }
chip-to = 早于 { $value }
queue = 队列
started-by = 启动者
col-state = 状态
col-what = 内容
col-progress = 进度或原因
col-took = 耗时
col-created = 创建
col-started = 开始
col-cause = 原因
col-step = 步骤
col-batches = 批次
col-batch = 批次
col-attempt = 次数
col-rows = 行数
col-speed = 速度

## A job

created = 创建于
ended = 结束于
trace = 追踪码
progress = 进度
steps = 步骤
attempts = 执行记录
request = 请求
request-json = JSON 格式
needs-operator = 操作需要操作者角色。
action-cancel = 取消
action-cancel-ask = 取消此作业？已保存的保留，不会发布。
action-resume = 继续
action-rerun = 再次运行
action-rerun-ask = 从头再次运行此作业？
action-again = 修改后运行
why-failed = 失败
why-failed-help = 排除原因后按“继续”，作业会从检查点接续；“再次运行”会从头开始。
why-cancelled = 已取消
why-cancelled-help = 按“继续”可从中断处接续。
why-skipped = 已跳过：所需的作业未成功
why-waiting = 运行中，但正在等待
why-parked = 等待中
why-queued = 排队中：有空位时开始
why-blocked = 受阻：等待其他作业
why-cancelling = 停止中：已请求取消

## The time of a job

timeline = 时间轴
timeline-job = 作业
timeline-job-lane = 标记：{ $marks }，等待：{ $waits }
timeline-step-lane = 尝试：{ $attempts }，失败：{ $failed }
timeline-attempt = 批次 { $batch }，第 { $no } 次：{ $state }，{ $time }
timeline-part = { $time } 后：处理中 { $n }，完成 { $completed }，失败 { $failed }，中断 { $interrupted }
timeline-waited = 等待 { $time }
timeline-parked = 搁置 { $time }
timeline-happened = 发生的事
timeline-table = 以表格显示
timeline-at-once = 同时最多
timeline-sampled = 每 { $n } 个批次画一个。
mark-restarted = 重启：其 actor 已中止
mark-rescued = 救回：原进程已失去它
mark-crashed = 崩溃：使进程中止
mark-adopted = 由另一进程接续
mark-quarantined = 放弃一个批次
mark-retried = 失败，自动重新开始
mark-resumed = 已继续
mark-rerun = 再次运行
mark-cancel-requested = 已要求取消
timeline-earlier = 更早的 { $count } 项

## Starting a job

new = 新建
new-start = 开始
new-check = 仅检查
new-more = 更多
new-from = 取自
new-would = 将执行的内容
new-shell = 在命令行中执行
new-address = 检查后，本页地址会带有这些值，可以分享。
new-required = 此项必填
new-usual = 按设置：{ $value }
new-left-out = 按服务器设置
new-not-offered = { $field }：该作业的“{ $value }”无法在此选择。如不另选，将使用服务器的设置。
new-examples = 自带数据的示例
new-field-queue = 队列
new-field-queue-help = 同一队列的作业共用同时运行数的上限。

## Published rows

rows = 已发布的数据
rows-of = { $name } 已发布的数据
rows-all-groups = 所有分组
rows-by-group = 各分组行数
rows-filter = 筛选数据
rows-text = 作者或正文
rows-panel = 标签
rows-every-panel = 所有标签
rows-author = 作者
rows-matched = 正文与匹配处
rows-rule = 规则
rows-posted = 发布时间
rows-download = 下载
rows-first = 最前面
rows-next = 更多数据
rows-none = 没有符合的数据
rows-none-yet = 目前没有符合的数据，后面还有数据未查
rows-chip-panel = 标签：{ $value }
rows-chip-rule = 规则：{ $value }

## Logs

log = 日志
log-whole = 完整日志
log-of = { $name } 的日志
log-lines = { $n } 行
log-found = 找到 { $n } 行
log-errors = 第一个错误
log-search = 搜索此日志
log-level = 级别
log-every-level = 所有级别
log-warnings = 警告和错误
log-only-errors = 错误
log-follow = 跟踪
log-earlier = 更早
log-later = 更晚
log-end = 到末尾
log-none-yet = 暂无内容：此作业还没有日志。
log-none = 没有日志，或已过保留期限。
log-none-match = 没有符合的行。
log-console = 命令的输出

## Who did what

nav-audit = 审计
audit-filter = 筛选审计
audit-who = 谁
audit-operation = 操作
audit-what = 对象
audit-result = 结果
audit-every-result = 所有结果
audit-done = 已完成
audit-refused = 已拒绝
audit-failed = 失败
audit-from = 从
audit-to = 之前
audit-at = 时间
audit-address = 地址
audit-none = 没有符合的调用
audit-show-all = 显示全部

## The process

nav-runtime = 运行环境
runtime-process = 进程
runtime-version = 版本
runtime-up = 已运行
runtime-memory = 内存
runtime-memory-peak = 内存峰值
runtime-cpu = 处理器时间
runtime-actors = 执行者
runtime-tree = 执行者的树
runtime-actor = 执行者
runtime-since = 自
runtime-restarts = 重启
runtime-mailbox = 信箱
runtime-slice = 切片
runtime-failure = 上次失败
runtime-idle = 空闲
runtime-working = 工作中
runtime-queues = 队列
runtime-no-queues = 没有队列有未完成的作业或上限。
runtime-at-once = 此处同时运行的作业
runtime-limit = 上限
runtime-oldest = 最早等待自
runtime-held-by = 占用者
runtime-processes = 共用此存储的进程
runtime-leases = 持有的作业
runtime-this-one = 本进程
runtime-lease-ends = 租约到期
runtime-database = 数据库
runtime-engine = 引擎
runtime-size = 大小
runtime-connections = 使用中的连接
runtime-answers = 响应时间
runtime-ms = { $n } 毫秒
runtime-disk = 磁盘
runtime-free = 可用
runtime-total = 总计
runtime-used = 已用

## What is set

nav-settings = 设置
settings-find = 查找设置
settings-none = 没有符合的设置
settings-key = 键
settings-value = 值
settings-place = 来源
settings-built-in = 内置
settings-licence = 许可证
settings-licences = 各部分的许可
settings-part = 部分
settings-no-parts = 构建此程序时无法得知其组成部分。
settings-log-level = 记录的内容
settings-log-level-now = 此进程的级别
settings-log-level-help = 级别，或按模块的筛选，例如 info,audience::engine::runtime=debug。有效到进程结束；要长期有效请设置 log.level。
settings-log-level-set = 设置
settings-parts = { $count } 个部分

## One action on many jobs

pick = 已选
pick-all = 选择本页所有作业
pick-job = 选择 { $name }
pick-form = 所选作业
pick-every = 符合当前筛选的所有作业（所有页）
pick-rerun = 再次运行…
pick-cancel = 取消…
bulk-name = 批量操作
bulk-ask-cancel = 取消 { $count } 个作业？
bulk-ask-rerun = 再次运行 { $count } 个作业？
bulk-matched = 已选择 { $count } 个作业。
bulk-not = 不会处理这些作业
bulk-reason = 原因
bulk-example = 示例
bulk-show = 查看一个
bulk-note = 它作为单独的作业运行，其页面显示进度；无法处理的会在那里计数。
bulk-none = 没有可做的事。
bulk-do-cancel = 取消这些作业
bulk-do-rerun = 再次运行这些作业
bulk-back = 返回列表
bulk-done = 已处理 { $count } 个作业
bulk-action = 操作
bulk-jobs = 作业数
