notifications = 通知
notifications-unread = { $count ->
    [0] 沒有未讀通知
   *[other] { $count } 則未讀通知
}
notifications-none = 您啟動或追蹤的工作還沒有任何消息。
notifications-all = 所有通知
notifications-read-all = 全部標為已讀
notifications-is-unread = ，未讀
notifications-started-by = 由 { $by } 啟動
notifications-follow = 追蹤這個工作
notifications-unfollow = 停止追蹤這個工作
notifications-allow = 允許此瀏覽器顯示彈出通知
notifications-what-happened = 最近消息
notifications-show-all = 顯示全部
notifications-show-unread = 只顯示未讀
notifications-rules = 規則
notifications-no-rules = 目前不以郵件或 webhook 通知任何人。規則寫在設定的 notify 之下。
notifications-rule = 規則
notifications-when = 何時
notifications-to = 收件者
notifications-every = 最短間隔
notifications-quiet = 安靜時段
notifications-kept-in = 儲存於
notifications-in-settings = 設定
notifications-in-store = 資料庫
notifications-test = 傳送測試
notifications-test-arrived = 已接受：
notifications-test-refused = 未接受：
notifications-undelivered = 未送達
notifications-receiver = 接收端
notifications-count = 通知數
notifications-replay = 重送
notifications-waits = 等待中
notifications-tried-again = 將於 { $time } 重試
notifications-given-up = { $count ->
   *[other] 嘗試 { $count } 次後放棄
}
