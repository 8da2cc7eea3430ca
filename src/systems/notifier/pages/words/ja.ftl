notifications = 通知
notifications-unread = { $count ->
    [0] 未読の通知はありません
   *[other] 未読の通知 { $count } 件
}
notifications-none = 開始またはフォローしたジョブの知らせはまだありません。
notifications-all = すべての通知
notifications-read-all = すべて既読にする
notifications-is-unread = 、未読
notifications-started-by = { $by } が開始
notifications-follow = このジョブをフォロー
notifications-unfollow = このジョブのフォローをやめる
notifications-allow = このブラウザーでポップアップを許可
notifications-what-happened = 最近の出来事
notifications-show-all = すべて表示
notifications-show-unread = 未読のみ表示
notifications-rules = ルール
notifications-no-rules = メールや webhook で通知する相手はいません。ルールは設定の notify に書きます。
notifications-rule = ルール
notifications-when = 条件
notifications-to = 宛先
notifications-every = 最短間隔
notifications-quiet = 静かな時間帯
notifications-kept-in = 保存先
notifications-in-settings = 設定
notifications-in-store = データベース
notifications-test = テストを送信
notifications-test-arrived = 受け取られました:
notifications-test-refused = 受け取られませんでした:
notifications-undelivered = 未配信
notifications-receiver = 受信側
notifications-count = 通知数
notifications-replay = 再送
notifications-waits = 待機中
notifications-tried-again = { $time } に再試行
notifications-given-up = { $count ->
   *[other] { $count } 回試して断念
}
