COPY public.sent_sms (sql_id, momt, sender, receiver, udhdata, msgdata, time, smsc_id, service, account, id, sms_type, mclass, mwi, coding, compress, validity, deferred, dlr_mask, dlr_url, pid, alt_dcs, rpi, charset, boxc_id, binfo, meta_data) FROM stdin;
201	MT	Klinikken	+4740000001	\N	Time+i+morgen	1773821640	telia1	kunde7			2	\N	\N	\N	\N	\N	\N	31	http://10.0.0.2/dlr?myid=7001&type=%d	\N	\N	\N	\N	sqlbox1		?smpp?
202	DLR	Klinikken	+4740000001	\N	id%3A5C01A9+sub%3A001+dlvrd%3A001+submit+date%3A2603180914+done+date%3A2603180915+stat%3ADELIVRD+err%3A000+text%3ATime+i+morgen	1773821647	telia1	kunde7			3	\N	\N	\N	\N	\N	\N	1	http://10.0.0.2/dlr?myid=7001&type=%d	\N	\N	\N	\N	sqlbox1		?smpp?
203	MO	Klinikken	2270	\N	Hei	1773821640	telia1	kunde7			3	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N	sqlbox1		?smpp?
\.

