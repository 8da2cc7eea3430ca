//! Topics: made and deleted while a test runs.

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

use super::Listeners;

/// The topics of one broker.
pub(crate) struct Topics(AdminClient<DefaultClientContext>);

/// Makes the topics that the services and the workers of one test use: `mq_aaa`, `mq_bbb`,
/// `replies` and `dead`, each with what is returned in front of its name.
pub(crate) async fn own_topics(broker: &Listeners) -> String {
    let prefix = format!("t{}_", uuid::Uuid::now_v7().simple());
    let names = ["mq_aaa", "mq_bbb", "replies", "dead"].map(|name| format!("{prefix}{name}"));
    Topics::of(broker)
        .make(&names.each_ref().map(String::as_str))
        .await;
    prefix
}

impl Topics {
    pub(crate) fn of(broker: &Listeners) -> Self {
        Self(broker.client().create().unwrap())
    }

    /// Of one partition each.
    pub(crate) async fn make(&self, names: &[&str]) {
        self.make_with(names, 1, &[]).await;
    }

    /// With settings such as `("max.message.bytes", "2000")`.
    pub(crate) async fn make_with(
        &self,
        names: &[&str],
        partitions: i32,
        settings: &[(&str, &str)],
    ) {
        let topics = names.iter().map(|name| {
            let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
            let settings = settings.iter();
            settings.fold(topic, |topic, (key, value)| topic.set(key, value))
        });
        let topics: Vec<NewTopic<'_>> = topics.collect();
        let made = self.0.create_topics(&topics, &AdminOptions::new()).await;
        for topic in made.unwrap() {
            topic.unwrap();
        }
    }

    /// `false`: not yet, because the one of this name that was deleted is still there.
    pub(crate) async fn try_to_make(&self, name: &str) -> bool {
        let topic = NewTopic::new(name, 1, TopicReplication::Fixed(1));
        let made = self.0.create_topics(&[topic], &AdminOptions::new()).await;
        made.unwrap().iter().all(Result::is_ok)
    }

    pub(crate) async fn delete(&self, names: &[&str]) {
        let deleted = self.0.delete_topics(names, &AdminOptions::new()).await;
        for topic in deleted.unwrap() {
            topic.unwrap();
        }
    }
}
