//! Pages that are kept, as people look at them.

use entity::{scrape_page, scrape_run};

use super::error::ScrapesError;
use super::pack;
use super::scrapes::Scrapes;
use crate::systems::prediction::scrape::KeptPage;

impl Scrapes {
    pub(crate) async fn run_of(
        &self,
        scrape: &str,
        run: &str,
    ) -> Result<scrape_run::Model, ScrapesError> {
        let found = self.store().run(run).await?;
        let found = found.filter(|found| found.scrape == scrape);
        found.ok_or_else(|| ScrapesError::UnknownRun {
            scrape: scrape.to_owned(),
            run: run.to_owned(),
        })
    }

    /// A page that a run has kept, as it came from its site.
    pub(crate) async fn kept_page(
        &self,
        run: &scrape_run::Model,
        no: i32,
    ) -> Result<KeptPage, ScrapesError> {
        let unknown = || ScrapesError::UnknownPage {
            run: run.id.clone(),
            page: no,
        };
        let epoch = run.raw_epoch.ok_or_else(unknown)?;
        let row: Option<scrape_page::Model> = self.store().page(&run.id, no).await?;
        let row = row.ok_or_else(unknown)?;
        Ok(pack::read_page(&self.shared().files, epoch, row).await?)
    }

    /// Drops the pages of a run.
    pub(super) async fn drop_pages(&self, run: &str) -> Result<(), ScrapesError> {
        pack::drop_pages(&self.shared().files, run).await?;
        Ok(self.store().forget_pages(run).await?)
    }
}
