BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE ledger (
	seq INTEGER NOT NULL, 
	id VARCHAR(60) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	at VARCHAR(40) NOT NULL, 
	who VARCHAR(200) NOT NULL, 
	body TEXT NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
INSERT INTO "ledger" VALUES(1,'q1','question','2026-11-01T08:00:00+00:00','ana','{"conversation":"","cost":0.0,"data_set":"retail","milliseconds":12.5,"outcome":"answer","plan":"{}","question":"上海有多少高价值客户？","refused":"","roles":["analyst"],"rows":1,"sql":["SELECT 1"],"tokens":0.0,"understood_by":"","unexplained":[]}','0000000000000000000000000000000000000000000000000000000000000000','ba0e047eb5042f21b85158821970980afd0dc54870117706ee798d2c5a4389af');
INSERT INTO "ledger" VALUES(2,'e1','export','2026-11-01T08:00:00+00:00','ana','{"columns":["customer.city"],"data_date":"2026-10-31","data_set":"retail","definitions":"v1","file_name":"a.xlsx","format":"xlsx","masked_columns":[],"plan":"{}","purpose":"sms","rows":3,"sha256":"0000000000000000000000000000000000000000000000000000000000000000","what":"people"}','ba0e047eb5042f21b85158821970980afd0dc54870117706ee798d2c5a4389af','56995920a077802d31afc175ee0d6be36ae2ae05cd14798269e703df6500f604');
INSERT INTO "ledger" VALUES(3,'q2','question','2026-11-01T08:00:00+00:00','bo','{"conversation":"","cost":0.0,"data_set":"retail","milliseconds":12.5,"outcome":"answer","plan":"{}","question":"上海有多少高价值客户？","refused":"","roles":["analyst"],"rows":1,"sql":["SELECT 1"],"tokens":0.0,"understood_by":"","unexplained":[]}','56995920a077802d31afc175ee0d6be36ae2ae05cd14798269e703df6500f604','fcdcfdd472677237fc6b99338b95f506a81f26b6ed3ca8af583621179606dd1d');
CREATE TABLE segment_changes (
	segment_id VARCHAR(40) NOT NULL, 
	revision INTEGER NOT NULL, 
	at VARCHAR(40) NOT NULL, 
	"by" VARCHAR(200) NOT NULL, 
	what VARCHAR(20) NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	audience TEXT NOT NULL, 
	count INTEGER, 
	PRIMARY KEY (segment_id, revision), 
	FOREIGN KEY(segment_id) REFERENCES segments (id)
);
INSERT INTO "segment_changes" VALUES('s1',1,'2026-11-01T08:00:00+00:00','ana','saved',1,'上海 客户','{"value":{"is":"audience","where":{"field":"customer.city","is":"compare","op":"=","value":"上海"}},"version":1}',12);
INSERT INTO "segment_changes" VALUES('s1',2,'2026-11-01T08:00:00+00:00','ana','recounted',1,'上海 客户','{"value":{"is":"audience","where":{"field":"customer.city","is":"compare","op":"=","value":"上海"}},"version":1}',12);
INSERT INTO "segment_changes" VALUES('s2',1,'2026-11-01T08:00:00+00:00','ana','saved',1,'Old O''Hara','{"value":{"is":"audience","where":{"field":"customer.city","is":"compare","op":"=","value":"上海"}},"version":1}',12);
INSERT INTO "segment_changes" VALUES('s2',2,'2026-11-01T08:00:00+00:00','ana','recounted',1,'Old O''Hara','{"value":{"is":"audience","where":{"field":"customer.city","is":"compare","op":"=","value":"上海"}},"version":1}',12);
CREATE TABLE segments (
	id VARCHAR(40) NOT NULL, 
	data_set VARCHAR(100) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	name_key VARCHAR(120) NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	audience TEXT NOT NULL, 
	created_at VARCHAR(40) NOT NULL, 
	updated_at VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	count_at_save INTEGER, 
	as_of VARCHAR(10), 
	deleted_at VARCHAR(40), 
	PRIMARY KEY (id)
);
INSERT INTO "segments" VALUES('s1','retail','上海 客户','上海 客户','ana','{"value":{"is":"audience","where":{"field":"customer.city","is":"compare","op":"=","value":"上海"}},"version":1}','2026-11-01T08:00:00+00:00','2026-11-02T08:00:00+00:00',1,2,12,'2026-10-31',NULL);
INSERT INTO "segments" VALUES('s2','retail','Old O''Hara','old o''hara','ana','{"value":{"is":"audience","where":{"field":"customer.city","is":"compare","op":"=","value":"上海"}},"version":1}','2026-11-01T08:00:00+00:00','2026-11-02T08:00:00+00:00',1,2,12,'2026-10-31','2026-11-03T08:00:00+00:00');
CREATE UNIQUE INDEX segments_name ON segments (data_set, name_key) WHERE deleted_at IS NULL;
CREATE INDEX ix_ledger_kind ON ledger (kind);
CREATE TRIGGER ledger_no_UPDATE BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_DELETE BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
COMMIT;
