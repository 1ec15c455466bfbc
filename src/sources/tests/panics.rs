//! Panics while something is read: whose fault they are.

use ::parquet::arrow::ArrowWriter;
use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::DataType as ArrowType;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use tempfile::tempdir;

use super::*;
use crate::sources::listing::objects_of;
use crate::sources::object_bytes::InputFile;
use crate::sources::panics::{Guarded, foreign_decoder};

/// A reader that panics.
struct Panicking;

impl std::io::Read for Panicking {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("a defect of a reader")
    }
}

async fn file(folder: &DiskPath) -> InputFile {
    write(&folder.join("a.csv"), "id\n1\n");
    let mut source = source_at(&folder.join("a.csv"));
    source.format = csv();
    let listing = objects_of(&source).await.unwrap();
    let intake = Arc::new(Intake::new(&source, ["a.csv".into()]).unwrap());
    InputFile::all(&listing, true, &intake).remove(0)
}

#[tokio::test]
async fn a_panic_of_our_own_parser_is_a_defect_and_not_a_corrupt_file() {
    let folder = tempdir().unwrap();
    let file = file(folder.path()).await;
    let parsed: Result<()> = file.read(|_| panic!("a defect of the parser")).await;
    let streamed = file.stream(Arc::new(Schema::empty()), |_, _| panic!("a defect of the parser"));
    let streamed = streamed.try_collect::<Vec<_>>().await.map_err(own);
    for error in [parsed.unwrap_err(), streamed.unwrap_err()] {
        assert_eq!(error.exit_code(), 1, "{error}");
        assert!(error.to_string().contains("a.csv` failed inside staunch"), "{error}");
        assert!(error.to_string().contains("please report it"), "{error}");
    }
}

#[tokio::test]
async fn a_panic_of_a_foreign_decoder_is_a_corrupt_file() {
    let folder = tempdir().unwrap();
    let file = file(folder.path()).await;
    let read = file.read(|_| foreign_decoder("a.csv", || panic!("these bytes make no sense"))).await;
    let error: Error = Result::<()>::unwrap_err(read);
    assert_eq!(error.exit_code(), 3);
    assert!(error.to_string().contains("`a.csv` is corrupt"), "{error}");
}

#[test]
fn a_panic_is_told_by_the_innermost_border_it_crosses() {
    use std::io::Read;
    let name: Arc<str> = "a.csv.gz".into();
    let mut buffer = [0; 8];
    let own_in_decoder = flate2::read::GzDecoder::new(Guarded::own(Panicking, &name));
    let error = Guarded::foreign(own_in_decoder, &name).read(&mut buffer).unwrap_err();
    assert_eq!(error.downcast::<Error>().unwrap().exit_code(), 1);
    let error = Guarded::own(Guarded::foreign(Panicking, &name), &name).read(&mut buffer).unwrap_err();
    assert_eq!(error.downcast::<Error>().unwrap().exit_code(), 3);
}

#[tokio::test]
async fn a_panic_of_an_expression_that_a_scan_computes_is_a_defect() {
    let folder = tempdir().unwrap();
    let batch =
        RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from_iter_values(0..100)) as ArrayRef)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    write(&folder.path().join("a.parquet"), writer.into_inner().unwrap());

    let context = SessionContext::new();
    let panicking = |_: &[ColumnarValue]| -> datafusion::error::Result<ColumnarValue> { panic!("a defect") };
    let types = (vec![ArrowType::Int64], ArrowType::Int64);
    context.register_udf(create_udf("panicking", types.0, types.1, Volatility::Immutable, Arc::new(panicking)));
    let SourceTable::Scan(table) = open(&source_at(folder.path()), &context).await.unwrap().table else {
        panic!("Parquet is scanned")
    };
    context.register_table("t", table).unwrap();
    let plan = context.sql("select panicking(id) as x from t").await.unwrap().create_physical_plan().await.unwrap();
    let shown = datafusion::physical_plan::displayable(plan.as_ref()).indent(true).to_string();
    assert!(shown.contains("DataSourceExec") && !shown.contains("ProjectionExec"), "the scan computes it: {shown}");
    let error = own(datafusion::physical_plan::collect(plan, context.task_ctx()).await.unwrap_err());
    assert_eq!(error.exit_code(), 1, "{error}");
    assert!(error.to_string().contains("a.parquet` failed inside staunch"), "{error}");
}
