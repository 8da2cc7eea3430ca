//! The settings of a test program: the engine's and those of the systems, as in a file.

use std::ops::{Deref, DerefMut};

use audience::kafka::{BrokerSettings, KafkaSettings};
use audience::settings::{Loaded, Settings};
use audience::systems::briefs::BriefSettings;
use audience::systems::dispatch::settings::DispatchSettings;
use audience::systems::labelling::settings::{
    ByName, LabellingSection, LabellingSettings, OutputSettings, SourceSettings,
};
use audience::systems::prediction::settings::PredictionSettings;

#[derive(Default)]
pub(crate) struct TestSettings {
    engine: Settings,
    pub sources: ByName<SourceSettings>,
    pub outputs: ByName<OutputSettings>,
    pub labelling: LabellingSection,
    pub dispatch: DispatchSettings,
    pub mq_conf: Option<BrokerSettings>,
    pub prediction: PredictionSettings,
    pub briefs: BriefSettings,
}

impl TestSettings {
    pub(crate) fn loaded(self) -> Loaded {
        let labelling = LabellingSettings {
            sources: self.sources,
            outputs: self.outputs,
            labelling: self.labelling,
        };
        Loaded::made(self.engine)
            .with(labelling)
            .with(self.dispatch)
            .with(KafkaSettings {
                mq_conf: self.mq_conf,
            })
            .with(self.prediction)
            .with(self.briefs)
    }
}

impl Deref for TestSettings {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.engine
    }
}

impl DerefMut for TestSettings {
    fn deref_mut(&mut self) -> &mut Settings {
        &mut self.engine
    }
}
