## Frame

skip = 本文へ移動
nav-pages = ページ
nav-jobs = ジョブ
nav-docs = API
find = 検索
find-job = ID、名前、パラメーター、エラーでジョブを検索
menu-look = 言語と外観
language = 言語
theme-light = ライト
theme-dark = ダーク
theme-system = システムに合わせる
signed-in-as = { $name } としてサインイン中
sign-out = サインアウト
role-viewer = 閲覧者
role-operator = オペレーター
role-admin = 管理者
live = ライブ
live-lost = 再接続中
zone = タイムゾーン
zone-set = 変更
as-data = このページのデータ
copy = コピー
keys = キー操作
close = 閉じる
remove = 外す
path = 階層
key-find = ジョブを検索
key-rows = 次の行・前の行
key-pick = 行を選択
key-open = 開く
key-rerun = 再実行
key-follow = ログを追う
key-close = 閉じる
key-list = この一覧

## Units and times

unit-s = 秒
unit-min = 分
unit-h = 時間
unit-d = 日
ago-now = たった今
ago-s = { $n } 秒前
ago-min = { $n } 分前
ago-h = { $n } 時間前
ago-d = { $n } 日前
unit-rows = { $count } 件
time-left = 残り約 { $time }
usually = 通常 { $time }
per-second = { $n }/秒

## States

state-running = 実行中
state-parked = 待機中
state-queued = 順番待ち
state-blocked = ブロック中
state-succeeded = 成功
state-failed = 失敗
state-cancelled = キャンセル
state-skipped = スキップ
state-pending = 未開始
state-completed = 完了
state-outage = 接続不可
state-stopped = 停止
state-crashed = クラッシュ
state-complete = 完了
state-missing = 不足
state-stored = 保存済み
state-started = 開始済み
state-ignored = 開始するものなし

## Signing in

sign-in = サインイン
sign-in-token = トークン
sign-in-help = 管理者が次のコマンドで作ります：
sign-in-note = 12 時間サインインしたままになります。トークンはブラウザーに残りません。
sign-in-unknown = このトークンは登録されていないか、期限が切れています。
sign-in-too-many = サインインの失敗が続いています。{ $count } 秒後にもう一度お試しください。

## Errors

error-not-found = ここには何もありません
error-forbidden = 別の役割が必要です
error-conflict = 今は実行できません
error-busy = サーバーが混み合っています。少し待って再試行してください
error-internal = サーバーで問題が起きました
error-refused = 受け付けられませんでした
error-to-jobs = ジョブ一覧へ

## The list of jobs

jobs-by-state = 状態ごとのジョブ
jobs-all = すべて
jobs-filter = ジョブを絞り込む
jobs-text = ID、名前、パラメーター、エラー
jobs-system = システム
jobs-every-system = すべてのシステム
jobs-from = 開始日
jobs-to = 終了日（その前まで）
jobs-apply = 適用
jobs-caption = ジョブ（新しい順）
jobs-none = ジョブはまだありません
jobs-none-note = 次のどの行でも 1 つ始められます。
jobs-none-examples = 付属のサンプルで、どれも 1 秒もかかりません。
jobs-none-match = 条件に合うジョブはありません
jobs-show-all = すべてのジョブを表示
jobs-new = 新着 { $n } 件
jobs-shown = { $count } 件のジョブ
jobs-newest = 最新
jobs-older = 前のページ
views = 保存した表示
views-none = 保存した表示はまだありません。
view-how = 一覧を絞り込んでから、ここで名前を付けて保存します。
view-save = この絞り込みを保存
view-name = 名前
view-remove = 表示 { $name } を削除
save = 保存
chip-flow = システム：{ $value }
chip-queue = キュー：{ $value }
chip-started-by = 開始者：{ $value }
chip-q = 「{ $value }」を含む
chip-from = { $value } 以降
chip-to = { $value } より前
queue = キュー
started-by = 開始者
col-state = 状態
col-what = 内容
col-progress = 進み具合・原因
col-took = 所要時間
col-created = 作成
col-started = 開始
col-cause = 原因
col-step = ステップ
col-batches = バッチ
col-batch = バッチ
col-attempt = 試行
col-rows = 件数
col-speed = 速度

## A job

created = 作成
ended = 終了
trace = トレース
progress = 進み具合
steps = ステップ
attempts = 試行
request = リクエスト
request-json = JSON で見る
needs-operator = 操作にはオペレーターの役割が必要です。
action-cancel = キャンセル
action-cancel-ask = このジョブをキャンセルしますか。保存済みの分は残り、公開はされません。
action-resume = 再開
action-rerun = 再実行
action-rerun-ask = このジョブを最初から実行し直しますか。
action-again = 変更して実行
why-failed = 失敗しました
why-failed-help = 原因を取り除いてから「再開」すると、チェックポイントから続きます。「再実行」は最初からやり直します。
why-cancelled = キャンセルされました
why-cancelled-help = 「再開」で続きから始められます。
why-skipped = スキップ：必要なジョブが成功しませんでした
why-waiting = 実行中ですが待機しています
why-parked = 待機しています
why-queued = 順番待ち：空きができると始まります
why-blocked = ブロック中：ほかのジョブを待っています
why-cancelling = 停止中：キャンセルが求められました

## The time of a job

timeline = タイムライン
timeline-job = ジョブ
timeline-job-lane = 印：{ $marks }、待機：{ $waits }
timeline-step-lane = 試行：{ $attempts }、失敗：{ $failed }
timeline-attempt = バッチ { $batch }、{ $no } 回目：{ $state }、{ $time }
timeline-part = { $time } 後：処理中 { $n }、完了 { $completed }、失敗 { $failed }、中断 { $interrupted }
timeline-waited = { $time } 待機
timeline-parked = { $time } 保留
timeline-happened = 起きたこと
timeline-table = 表で見る
timeline-at-once = 同時の最大
timeline-sampled = { $n } バッチに 1 つを描いています。
mark-restarted = 再起動：アクターが停止した
mark-rescued = 救出：プロセスが失った
mark-crashed = クラッシュ：プロセスを落とした
mark-adopted = 別のプロセスが継続
mark-quarantined = バッチを断念
mark-retried = 失敗、自動でやり直し
mark-resumed = 再開された
mark-rerun = 再実行された
mark-cancel-requested = キャンセルの依頼
timeline-earlier = それ以前の { $count } 件

## Starting a job

new = 新規
new-start = 開始
new-check = 確認のみ
new-more = その他
new-from = 元のジョブ
new-would = 実行される内容
new-shell = コマンドラインで実行
new-address = 確認すると、このページのアドレスに値が入り、共有できます。
new-required = 必須です
new-usual = 設定どおり：{ $value }
new-left-out = サーバーの設定どおり
new-not-offered = { $field }：このジョブの「{ $value }」はここでは選べません。ほかを選ばなければサーバーの設定が使われます。
new-examples = 付属サンプルの例
new-field-queue = キュー
new-field-queue-help = 同じキューのジョブは、同時に実行できる数の上限を共有します。

## Published rows

rows = 公開された行
rows-of = { $name } の公開された行
rows-all-groups = すべてのグループ
rows-by-group = グループ別の件数
rows-filter = 行を絞り込む
rows-text = 投稿者または本文
rows-panel = パネル
rows-every-panel = すべてのパネル
rows-author = 投稿者
rows-matched = 本文と一致箇所
rows-rule = ルール
rows-posted = 投稿日時
rows-download = ダウンロード
rows-first = 最初の行
rows-next = 次の行
rows-none = 該当する行はありません
rows-none-yet = ここまで該当する行はありません。続きがあります
rows-chip-panel = パネル：{ $value }
rows-chip-rule = ルール：{ $value }

## Logs

log = ログ
log-whole = ログ全体
log-of = { $name } のログ
log-lines = { $n } 行
log-found = { $n } 行見つかりました
log-errors = 最初のエラー
log-search = このログを検索
log-level = レベル
log-every-level = すべてのレベル
log-warnings = 警告とエラー
log-only-errors = エラー
log-follow = 追う
log-earlier = 前へ
log-later = 後へ
log-end = 末尾へ
log-none-yet = まだなし：ジョブはまだ何も記録していません。
log-none = 記録がないか、保存期間を過ぎて削除されました。
log-none-match = 合う行はありません。
log-console = コマンドの出力

## Who did what

nav-audit = 監査
audit-filter = 監査を絞り込む
audit-who = だれ
audit-operation = 操作
audit-what = 対象
audit-result = 結果
audit-every-result = すべての結果
audit-done = 完了
audit-refused = 拒否
audit-failed = 失敗
audit-from = 開始
audit-to = より前
audit-at = 日時
audit-address = アドレス
audit-none = 該当する呼び出しはありません
audit-show-all = すべて表示

## The process

nav-runtime = 稼働状況
runtime-process = プロセス
runtime-version = 版
runtime-up = 稼働時間
runtime-memory = メモリ
runtime-memory-peak = メモリの最大
runtime-cpu = CPU 時間
runtime-actors = アクター
runtime-tree = アクターの木
runtime-actor = アクター
runtime-since = 開始
runtime-restarts = 再起動
runtime-mailbox = 受信箱
runtime-slice = 区切り
runtime-failure = 前回の失敗
runtime-idle = 待機
runtime-working = 作業中
runtime-queues = キュー
runtime-no-queues = 未完了のジョブや上限のあるキューはありません。
runtime-at-once = ここで同時に動くジョブ
runtime-limit = 上限
runtime-oldest = 最古の待機
runtime-held-by = 使用中のもの
runtime-processes = このストアを共有するプロセス
runtime-leases = 保持するジョブ
runtime-this-one = このプロセス
runtime-lease-ends = リースの期限
runtime-database = データベース
runtime-engine = 種類
runtime-size = 大きさ
runtime-connections = 使用中の接続
runtime-answers = 応答時間
runtime-ms = { $n } ミリ秒
runtime-disk = ディスク
runtime-free = 空き
runtime-total = 合計
runtime-used = 使用

## What is set

nav-settings = 設定
settings-find = 設定を検索
settings-none = 該当する設定はありません
settings-key = キー
settings-value = 値
settings-place = 出どころ
settings-built-in = 組み込み
settings-licence = ライセンス
settings-licences = 部品のライセンス
settings-part = 部品
settings-no-parts = このプログラムのビルド時に部品がわかりませんでした。
settings-log-level = 記録する内容
settings-log-level-now = このプロセスのレベル
settings-log-level-help = レベル、または info,audience::engine::runtime=debug のようなモジュール別の指定。プロセスの終了まで有効です。恒久的には設定の log.level を使います。
settings-log-level-set = 設定する
settings-parts = { $count } 個の部品

## One action on many jobs

pick = 選択
pick-all = このページのジョブをすべて選択
pick-job = { $name } を選択
pick-form = 選択したジョブ
pick-every = 条件に合うすべてのジョブ（全ページ）
pick-rerun = 再実行…
pick-cancel = キャンセル…
bulk-name = 一括操作
bulk-ask-cancel = { $count } 件のジョブをキャンセルしますか？
bulk-ask-rerun = { $count } 件のジョブを再実行しますか？
bulk-matched = { $count } 件のジョブを選択しました。
bulk-not = 次のジョブには何もしません
bulk-reason = 理由
bulk-example = 例
bulk-show = 1 件を表示
bulk-note = 独立したジョブとして実行され、そのページに進み具合が出ます。できなかったものはそこで数えます。
bulk-none = することはありません。
bulk-do-cancel = キャンセルする
bulk-do-rerun = 再実行する
bulk-back = 一覧へ戻る
bulk-done = { $count } 件を処理しました
bulk-action = 操作
bulk-jobs = ジョブ数
